-- Ghost text without a session: what becomes of it as people type: nvim -l test/ghost.lua
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

  input("<Esc>")
  check("Neovim leaves", driver.leave())
end)
