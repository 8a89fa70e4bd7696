-- Drives a Neovim of its own over RPC, as a user would: nvim -l test/run.lua INKLING-BINARY
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver = require("driver")
local binary = arg[1] or "inkling"
local lua, input, check, wait, ghost, line, status, folder =
  driver.lua, driver.input, driver.check, driver.wait, driver.ghost, driver.line, driver.status, driver.folder

driver.run(function()
  driver.start()

  local file = folder .. "/a.go"
  vim.fn.writefile({ "package a", "", "// Add returns the sum of a and b.", "func Add(a, b int) int {", "\t", "}" }, file)
  lua("require('inkling').setup({ cmd = { ..., 'lsp' } })", binary)
  driver.command("edit " .. file)
  check("the session begins", wait(function() return status() == "ready" end), status())
  vim.rpcrequest(driver.child, "nvim_win_set_cursor", 0, { 5, 1 })

  -- While the model loads, requests are declined: ask until it answers.
  input("Areturn ")
  local shown = wait(function()
    if ghost() == "" then
      lua("require('inkling').ask()")
      vim.wait(300)
    end
    return ghost() ~= ""
  end)
  check("ghost text appears", shown, ghost())
  check("it goes on as the code would", wait(function() return ghost():find("a %+ b") ~= nil and status() == "ready" end), ghost()) -- it grows until then
  local text = ghost()

  input(text:sub(1, 2))
  check("typing along keeps the rest", wait(function() return ghost() == text:sub(3) end), { ghost(), text })

  input("<Tab>")
  check("Tab accepts", wait(function() return line() == "\treturn " .. text end), line())
  check("and the ghost text is gone", ghost() == "", ghost())

  input("<Esc>ccreturn ")
  lua("require('inkling').ask()")
  check("it is asked for again", wait(function() return ghost() ~= "" and status() == "ready" end), ghost())
  local before = ghost()
  input("<C-Right>")
  check("a word is accepted", wait(function() return line() ~= "\treturn " and line():sub(1, 8) == "\treturn " end), line())
  check("and the rest stays", #ghost() < #before, ghost())
  input("<C-]>")
  check("it can be dismissed", wait(function() return ghost() == "" end), ghost())
  input("<Tab>")
  check("then Tab is a tab", wait(function() return line():sub(-1) == "\t" end), line())

  input("<Esc>ccreturn ")
  lua("require('inkling').ask()")
  wait(function() return ghost() ~= "" end)
  input("zzz")
  check("typing something else takes it away", wait(function() return not vim.startswith(ghost(), before) end), ghost())

  input("<Esc>")
  check("leaving insert mode takes it away", wait(function() return ghost() == "" end), ghost())

  -- Ghost text of several lines, as it grows: every drawing is kept.
  input("<Esc>")
  lua([[
    vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)
    local draw, ours = vim.api.nvim_buf_set_extmark, vim.api.nvim_get_namespaces().inkling
    drawn = {}
    vim.api.nvim_buf_set_extmark = function(buf, ns, row, col, mark)
      if ns == ours then
        local text = mark.virt_text[1][1]
        for _, line in ipairs(mark.virt_lines or {}) do text = text .. "\n" .. line[1][1] end
        table.insert(drawn, text)
      end
      return draw(buf, ns, row, col, mark)
    end
  ]], { "package a", "", "// Days returns the names of the seven days of the week.", "func Days() []string {", "\treturn []string{", "\t\t", "}" })
  driver.go(6)
  input("A")
  wait(function() return driver.mode() == "i" end)
  lua("require('inkling').ask()")
  check("a suggestion of several lines comes", wait(function() return ghost():find("\n") and status() == "ready" end), { ghost(), status() })
  local drawn, grown, other = lua("return drawn"), 0, nil
  for i = 2, #drawn do
    other = other or not vim.startswith(drawn[i], drawn[i - 1]) and { drawn[i - 1], drawn[i] } or nil
    grown = grown + (#drawn[i] > #drawn[i - 1] and 1 or 0)
  end
  check("it grew while it came, " .. grown .. " times", grown >= 2, drawn)
  check("what is drawn goes on from what was, to the whole of it", not other and drawn[#drawn] == ghost(), { other, ghost() })

  local lines = vim.split(ghost(), "\n", { plain = true })
  input("<C-Down>")
  check("a line is accepted", wait(function() return line() == "\t\t" .. lines[1] end), { line(), lines })
  check("and the rest stays", ghost() == "\n" .. table.concat(lines, "\n", 2), { ghost(), lines })
  input("<C-Down>")
  check("and then the next one", wait(function() return line() == lines[2] end), { line(), lines })

  input("<Esc>")
  lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)", { "def add(a, b):", "    return " })
  driver.go(2)
  input("A")
  wait(function() return driver.mode() == "i" end)
  lua("require('inkling').ask()")
  wait(function() return ghost() ~= "" and status() == "ready" end)
  local first = ghost()
  input("<M-]>")
  check("another alternative is shown", wait(function() return ghost() ~= first and ghost() ~= "" end), ghost())
  input("<M-[>")
  check("and the first again", wait(function() return ghost() == first end), { ghost(), first })
  input("<Esc>")

  driver.command("edit! " .. folder .. "/.env")
  local wanted = lua("return { require('inkling').wanted(0) }")
  check("excluded files are left alone", wanted[1] == false and wanted[2] == "excluded by .env", wanted)
  for name, glob in pairs({
    id_rsa = "id_rsa*", [".env.local"] = ".env.*", ["Prod.ENV"] = "*.env", ["secrets.yml"] = "secrets.y*ml", ["a.tfvars"] = "*.tfvars",
    ["dir/credentials.json"] = "credentials.json", ["credentials.go"] = "", [".env.example"] = "", ["id_rsa.pub"] = "", ["environment"] = "",
  }) do
    local by = lua("return require('inkling.excluded').by('/home/a/' .. ..., require('inkling').config.exclude) or ''", name)
    check(name .. (glob == "" and " is not excluded" or " is excluded by " .. glob), by == glob, by)
  end
  local by = "local by, globs = require('inkling.excluded').by, { 'deploy/*.yml' } return { by('/a/deploy/B.yml', globs) or '', by('/a/other/b.yml', globs) or '', by('b.yml', globs) or '' }"
  check("a glob with a slash is held against the path's end", vim.deep_equal(lua(by), { "deploy/*.yml", "", "" }), lua(by))
  lua("vim.cmd('checkhealth inkling')")
  check("checkhealth finds no error", not table.concat(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, true)"), "\n"):find("ERROR"))

  check(":h inkling is found", lua("return pcall(vim.cmd, 'help inkling') and vim.fs.basename(vim.api.nvim_buf_get_name(0))") == "inkling.txt")
  vim.fn.mkdir(folder .. "/doc")
  vim.uv.fs_copyfile(driver.root .. "/doc/inkling.txt", folder .. "/doc/inkling.txt")
  vim.cmd.helptags(folder .. "/doc")
  check("doc/tags is as :helptags writes it", vim.deep_equal(vim.fn.readfile(folder .. "/doc/tags"), vim.fn.readfile(driver.root .. "/doc/tags")))

  local page = table.concat(vim.fn.readfile(driver.root .. "/../../docs/editors.md"), "\n")
  lua((page:match("\n```lua\n(.-)\n```"):gsub("/path/to/inkling", vim.fs.dirname(vim.fs.dirname(driver.root)))))
  local last = lua("return require('inkling').config.cmd")
  check("docs/editors.md sets it up", last[#last] == "ws://localhost:8000/api/v1/stream", last)
  local program = lua("require('inkling').setup({ cmd = { 'inkling', 'lsp' } }) return require('inkling').config.cmd[1]")
  check("the program is found on the path, or where it was built", vim.fn.executable(program) == 1, program)
  check("nobody was told anything", #driver.said() == 0, driver.said())
  check("Neovim leaves", driver.leave())
end)
