-- Neovim's own inline completion, 0.12 and later; before, a stand-in for it: nvim -l test/native.lua INKLING-BINARY
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary = arg[1] or "inkling"
local lua, input, check, wait, line = driver.lua, driver.input, driver.check, driver.wait, driver.line

driver.run(function()
  local server = servers.serve(binary)
  local function ghost() return driver.ghost("nvim.lsp.inline_completion") end
  driver.start()
  if not vim.lsp.inline_completion then
    print("      Neovim's own inline completion is not there (0.12 has it): a stand-in, so what is tried is the plugin's part alone")
    check("without it, our own is used", lua("require('inkling').config.native = true return require('inkling').native()") == false)
    lua("vim.lsp.inline_completion = dofile(...)", driver.root .. "/test/standin.lua")
  end
  lua("require('inkling').setup({ native = true, cmd = { ..., 'lsp', '--server', '" .. server.url .. "' } })", binary)
  vim.fn.writefile({ "def add(a, b):", "    " }, driver.folder .. "/a.py")
  driver.command("edit a.py")
  check("the session begins", wait(function() return driver.status() == "ready" end), driver.status())

  lua([[
    told = {}
    local rpc = vim.lsp.get_clients({ name = "inkling" })[1].rpc
    local request = rpc.request
    rpc.request = function(method, params, ...)
      if method == "workspace/executeCommand" then table.insert(told, params.command) end
      return request(method, params, ...)
    end
  ]])
  driver.go(2)
  input("Aret")
  check("ghost text comes by itself", wait(function() return ghost():find("^urn a") end), ghost())
  check("ours keeps out of it", driver.ghost() == "", driver.ghost())
  input("u")
  check("typing along keeps the rest", wait(function() return ghost():find("^rn a") end), ghost())
  input("<Tab>")
  check("Tab accepts", wait(function() return line():find("^    return a") end), line())
  check("and the ghost text is gone", wait(function() return ghost() == "" end), ghost())
  check("the server is told", vim.deep_equal(lua("return told"), { "inkling.accept" }), lua("return told"))
  check("and knows", wait(function() return server:level("sessions", "events", "accepted") == 1 end), server:level("sessions", "events", "accepted"))
  input("<Esc>ccreturn <M-\\>")
  check("it can be asked for", wait(function() return ghost() ~= "" end), ghost())
  local first = ghost()
  input("<M-]>")
  check("with alternatives", wait(function() return ghost() ~= first and ghost() ~= "" end), ghost())
  input("<C-Right>")
  check("a word is accepted", wait(function() return line():find("^    return %S") end), line())
  input("<Esc>ccreturn <M-\\>")
  wait(function() return ghost() ~= "" end)
  input("<C-]>")
  check("and dismissed", wait(function() return ghost() == "" end), ghost())
  input("<Tab>")
  check("then Tab is a tab", wait(function() return line():find("^    return %s+$") and #line() > 11 end), line())

  -- Its own timer asks 200 ms after the cursor moved: a macro and a snippet are left alone until it has.
  local function asked() return lua("return asked_by_itself") end
  local function passed() return lua("return passed") end
  lua([[
    local c = vim.lsp.get_clients({ name = "inkling" })[1]
    local request, pass = c.request, c.inkling_request
    asked_by_itself, passed = 0, 0
    c.request = function(...) asked_by_itself = asked_by_itself + 1 return request(...) end
    c.inkling_request = function(...) passed = passed + 1 return pass(...) end
  ]])
  input("<Esc>ccx<Esc>")
  wait(function() return driver.mode() == "n" end)
  local sent, before = passed(), asked()
  input("qqA = ")
  check("a macro is being recorded, and Neovim would ask", wait(function() return asked() > before and lua("return vim.fn.reg_recording()") == "q" end), asked())
  check("nothing is asked for", passed() == sent, passed())
  input("<Esc>q")
  wait(function() return lua("return vim.fn.reg_recording()") == "" end)
  input("o")
  lua("vim.snippet.expand('f(${1:first}, ${2:second})')")
  before = asked()
  input("y")
  check("a snippet is being filled in, and Neovim would ask", wait(function() return asked() > before and lua("return vim.snippet.active()") end), asked())
  check("nothing is asked for then either", passed() == sent, passed())
  lua("vim.snippet.stop()")
  input("<Esc>o")
  check("afterwards it is", wait(function() return passed() > sent end))

  input("<M-0>")
  check("one key turns it off", wait(function() return driver.status() == "off" end), driver.status())
  check("the server has the document no more", wait(function() return server:level("sessions", "documents") == 0 end))
  input("<M-0>")
  check("and on again", wait(function() return driver.status() == "ready" end), driver.status())
  input("<Esc>ggdGidef add(a, b):<CR>    ret")
  check("then there is ghost text again", wait(function() return ghost():find("^urn") end), { ghost(), line() })
  driver.command("edit! key.pem")
  check("excluded files are left alone", driver.status() == "not here: excluded by *.pem", driver.status())
  check("nobody was told anything", #driver.said() == 0, driver.said())
  check("Neovim leaves", driver.leave())
  server:stop()
end)
