-- Where nothing may be asked for or sent: nvim -l test/quiet.lua INKLING-BINARY
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary = arg[1] or "inkling"
local lua, input, check, wait, ghost, line = driver.lua, driver.input, driver.check, driver.wait, driver.ghost, driver.line

driver.run(function()
  local server = servers.serve(binary)
  driver.start()
  lua("require('inkling').setup({ cmd = { ..., 'lsp', '--server', '" .. server.url .. "' } })", binary)
  vim.fn.writefile({ "package a", "", "// Add returns the sum of a and b.", "func Add(a, b int) int {", "\t", "}" }, driver.folder .. "/a.go")
  driver.command("edit a.go")
  check("the session begins", wait(function() return driver.status() == "ready" end), driver.status())

  local text = lua("return vim.api.nvim_buf_get_lines(0, 0, -1, true)")
  local asked = 0 -- requests that were expected so far

  --- Requests that the server had of what was typed until now: messages keep their order, so the answer to one more says
  --- that all are counted.
  local function requests()
    local params = { textDocument = { uri = vim.uri_from_fname(vim.fn.resolve(driver.folder .. "/a.go")) } }
    local answer = lua("return select(2, next(vim.lsp.buf_request_sync(0, 'inkling/digest', ..., 20000) or {}))", params)
    check("what was sent has arrived", vim.tbl_get(answer, "result", "sha256"), answer)
    return server:requests()
  end

  --- Asks by hand for what is certain to come.
  local function asks(name)
    input("<Esc>")
    wait(function() return driver.mode() == "n" end)
    lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)", text)
    driver.go(5)
    lua("vim.api.nvim_set_current_line('\treturn')")
    input("A")
    wait(function() return driver.mode() == "i" end)
    input(" ")
    local shown = wait(function()
      if ghost() == "" then
        input("<M-\\>")
        wait(function() return ghost() ~= "" end, 500)
      end
      return ghost() ~= ""
    end)
    check(name, shown, { driver.status(), driver.said() })
    input("<Esc>")
    wait(function() return driver.mode() == "n" end)
    asked = requests()
  end

  asks("ghost text is there")
  local function none(name)
    local came = requests()
    check(name, came == asked, { asked, came })
    asks("and afterwards it is there again")
  end

  --- What follows is typed with no ghost text about, in insert mode at the end of line 5.
  local function fresh()
    input("<Esc>")
    wait(function() return driver.mode() == "n" end)
    lua("vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)", text)
    driver.go(5)
  end

  fresh()
  input("qqo// one")
  check("a macro is being recorded", wait(function() return lua("return vim.fn.reg_recording()") == "q" and line() == "\t// one" end), line())
  input(" two")
  wait(function() return line() == "\t// one two" end)
  input("<Esc>q")
  wait(function() return lua("return vim.fn.reg_recording()") == "" end)
  input("2@q")
  check("it is played", wait(function() return lua("return vim.api.nvim_buf_line_count(0)") == #text + 3 end))
  none("a macro asks for nothing, recorded or played")

  fresh()
  input("A")
  wait(function() return driver.mode() == "i" end)
  lua("vim.snippet.expand('return ${1:first} + ${2:second}')")
  check("a snippet is being filled in", wait(function() return lua("return vim.snippet.active()") end))
  input("x")
  check("its first stop is typed over", wait(function() return line() == "\treturn x + second" end), line())
  input("y")
  wait(function() return line() == "\treturn xy + second" end)
  lua("vim.snippet.stop()")
  none("a snippet asks for nothing")

  -- The same of plugins' snippets: each has a stop to go on to while in_one is true.
  lua([[
    fakes = {
      LuaSnip = function() package.loaded.luasnip = { locally_jumpable = function(by) return by == 1 and in_one end } end,
      ["an older LuaSnip"] = function() package.loaded.luasnip = { in_snippet = function() return in_one or nil end } end,
      ["vim-vsnip"] = function()
        vim.g.loaded_vsnip, package.loaded.luasnip = 1, nil
        vim.fn["vsnip#jumpable"] = function(by) return by == 1 and in_one and 1 or 0 end
      end,
      ["another plugin of that name"] = function() package.loaded.luasnip, vim.g.loaded_vsnip = { locally_jumpable = error }, nil end,
    }
  ]])
  for _, name in ipairs({ "LuaSnip", "an older LuaSnip", "vim-vsnip", "another plugin of that name" }) do
    fresh()
    lua("fakes[...]() in_one = true", name)
    input("A")
    wait(function() return driver.mode() == "i" end)
    input("return ")
    wait(function() return line() == "\treturn " end)
    lua("in_one = false")
    if name == "another plugin of that name" then
      check("it is taken for idle", requests() > asked, requests())
      lua("package.loaded.luasnip = nil")
      asks("without it, too")
    else
      none(name .. ": its snippet asks for nothing")
    end
  end

  fresh()
  input("<M-0>")
  check("one key turns it off", wait(function() return driver.status() == "off" end), driver.status())
  check("the server has the document no more", wait(function() return server:level("sessions", "documents") == 0 end), server:level("sessions", "documents"))
  local received = server:level("sessions", "events", "bytes_received")
  input("ccreturn <Esc>")
  check("it can be typed in", wait(function() return driver.mode() == "n" and line() == "\treturn " end), line())
  input("<M-0>")
  check("and on again, in insert mode too", wait(function() return driver.status() == "ready" end), driver.status())
  check("the server has it again", wait(function() return server:level("sessions", "documents") == 1 end))
  local open = #table.concat(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, true)"), "\n") + 400 -- didOpen, whole
  check("nothing was sent between", server:level("sessions", "events", "bytes_received") - received < open, server:level("sessions", "events", "bytes_received") - received)
  none("and nothing was asked for")

  --- A file that is left alone: quietly, and with one message for who asks.
  local function left_alone(name, why, insert)
    local before, documents = #driver.said(), server:level("sessions", "documents")
    driver.command("edit! " .. name)
    check(name .. ": " .. why .. ", says the status", wait(function() return driver.status():find("not here: " .. why, 1, true) end), driver.status())
    if insert then
      driver.go(1)
      input("ireturn ")
      check(name .. " can be typed in", wait(function() return vim.startswith(line(), "return ") end), line())
      check("no word of it", #driver.said() == before, driver.said())
      input("<M-\\>")
      check("one who asks is told once", wait(function() return #driver.said() == before + 1 end) and driver.said()[before + 1]:find(why, 1, true), driver.said())
      input("<Esc>")
    end
    check("the server has never had it", lua("return #vim.lsp.get_clients({ bufnr = 0, name = 'inkling' })") == 0 and server:level("sessions", "documents") == documents)
  end

  local function write(name, bytes)
    local file = assert(io.open(driver.folder .. "/" .. name, "wb"))
    file:write(bytes)
    file:close()
  end
  write("large.py", ("# 0123456789abc\n"):rep(10 * 2 ^ 20 / 16))
  write("program", "\127ELF\0\1\2\n\0\0\n")
  write("key.pem", "secret\n")
  fresh()
  left_alone("large.py", "too large: 10.0 MB, at most 2.0 MB", true)
  left_alone("program", "binary", true)
  left_alone("key.pem", "excluded by *.pem", true)
  driver.command("buffer! a.go")
  wait(function() return driver.status() == "ready" end)
  none("nothing was asked for in any of them")

  -- A file that grows too large while it is open.
  fresh()
  lua("vim.fn.setreg('p', string.rep('# 0123456789abc\\n', 10 * 2 ^ 20 / 16))")
  input('o<C-r><C-o>p')
  check("a file that grows is left alone then", wait(function() return driver.status():find("not here: too large", 1, true) end), driver.status())
  check("the server has it no more", wait(function() return server:level("sessions", "documents") == 0 end), server:level("sessions", "documents"))
  input("<Esc>u")
  wait(function() return lua("return vim.api.nvim_buf_line_count(0)") == #text end)
  driver.command("doautocmd BufEnter")
  asks("and has suggestions again when it is small again")

  check("Neovim leaves", driver.leave())
  check("and its session", wait(function() return server:level("sessions", "open") == 0 end))
  server:stop()
end)
