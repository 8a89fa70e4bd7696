-- Ghost text without a session: what becomes of it as people type, and as they leave: nvim -l test/ghost.lua
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver = require("driver")
local lua, input, check, wait, ghost, line = driver.lua, driver.input, driver.check, driver.wait, driver.ghost, driver.line

driver.run(function()
  driver.start()
  lua("require('inkling').setup({ cmd = { 'no-such-inkling' } })")
  vim.fn.writefile({ "first", "second", "third" }, driver.folder .. "/a.txt")
  driver.command("edit a.txt")

  --- Shows texts at the end of an empty second line, in insert mode, the one of that number on top.
  local function shows(texts, at)
    input("<Esc>")
    wait(function() return driver.mode() == "n" end)
    lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, { 'first', '', 'third' })")
    driver.go(2)
    input("i")
    wait(function() return driver.mode() == "i" end)
    lua([[
      local texts, at = ...
      local ghost, items = require("inkling.ghost"), {}
      for _, text in ipairs(texts) do table.insert(items, { text = text }) end
      ghost.show(vim.api.nvim_get_current_buf(), 1, 0, items)
      ghost.turn(at - 1)
    ]], texts, at)
    check("ghost text is there: " .. texts[at], ghost() == texts[at], ghost())
  end

  --- Types, and looks at what is left of the ghost text.
  local function types(keys, left, rest)
    input(keys)
    wait(function() return line() == keys end)
    check(("typed %s: %s"):format(keys, left == "" and "nothing is left" or left .. " is left"), ghost() == left, ghost())
    for _, text in ipairs(rest or {}) do
      lua("require('inkling.ghost').turn(1)")
      check("and then " .. text, ghost() == text, ghost())
    end
  end

  shows({ "xone", "yB", "yCcc" }, 2)
  types("y", "B", { "Ccc", "B" })
  shows({ "xone", "yB", "yCcc" }, 3)
  types("y", "Ccc", { "B" })
  shows({ "xone", "yB", "yCcc" }, 1)
  types("y", "B", { "Ccc" })
  shows({ "yB", "yCcc", "xone" }, 3)
  types("z", "")

  -- Ctrl-C leaves insert mode with no InsertLeave.
  for _, way in ipairs({ { "", "" }, { "y", "B" } }) do
    shows({ "yB" }, 1)
    if way[1] ~= "" then
      types(way[1], way[2])
    end
    input("<C-c>")
    check("Ctrl-C leaves insert mode", wait(function() return driver.mode() == "n" end), driver.mode())
    check("and takes ghost text away", wait(function() return ghost() == "" end, 2000), ghost())
  end

  -- Whatever becomes of that event: ghost text goes with the first move, and with the first change.
  for keys, done in pairs({ j = function() return lua("return vim.fn.line('.')") == 3 end, dd = function() return line() == "third" end, ["rx"] = function() return line() == "x" end }) do
    shows({ "yB" }, 1)
    types("y", "B")
    lua("vim.o.eventignore = 'ModeChanged,InsertLeave,CursorMoved'")
    input("<C-c>")
    wait(function() return driver.mode() == "n" end)
    lua("vim.o.eventignore = ''")
    input(keys)
    wait(done)
    check("in normal mode, " .. keys .. " takes it away", wait(function() return ghost() == "" end, 2000), ghost())
  end

  input("<Esc>")
  check("Neovim leaves", driver.leave())
end)
