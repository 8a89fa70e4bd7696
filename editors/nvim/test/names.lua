-- Buffers that become others: by their name, by what is in them, off and on, and when they are asked for again. What the bridge is
-- sent is kept as it comes: nvim -l test/names.lua INKLING-BINARY
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary = arg[1] or "inkling"
local lua, check, wait, command = driver.lua, driver.check, driver.wait, driver.command

driver.run(function()
  local server = servers.serve(binary)
  local sent = driver.folder .. "/sent"
  local bridge = { "bash", "-c", ('exec 3<&0; exec "%s" lsp --server %s < <(exec tee -a "%s" <&3)'):format(binary, server.url, sent) }

  --- How many messages with text of a file the bridge was sent, until now.
  local function told(name)
    local count = 0
    for _, message in ipairs(vim.split(table.concat(vim.fn.readfile(sent, "b"), "\n"), "Content%-Length: %d+\r\n\r\n")) do
      local ok, it = pcall(vim.json.decode, message)
      local text = ok and (it.method == "textDocument/didOpen" or it.method == "textDocument/didChange")
      count = count + (text and vim.endswith(it.params.textDocument.uri, "/" .. name) and 1 or 0)
    end
    return count
  end

  --- Whether the server has the buffer's text, with what the two have. Messages keep their order, so with the answer all has arrived.
  local function digests()
    return lua([[
      local answers = vim.lsp.buf_request_sync(0, "inkling/digest", { textDocument = { uri = vim.uri_from_bufnr(0) } }, 20000) or {}
      local _, answer = next(answers)
      local lines = vim.api.nvim_buf_get_lines(0, 0, -1, true)
      return { answer and answer.result and answer.result.sha256 or vim.inspect(answer),
        vim.fn.sha256(table.concat(lines, "\n") .. (vim.bo.endofline and vim.api.nvim_buf_get_name(0) ~= "" and "\n" or "")) }
    ]])
  end

  local function in_step(name)
    local got
    check(name, wait(function()
      got = digests()
      return got[1] == got[2]
    end, 5000), got)
    check("and nothing had to be sent again", server:level("sessions", "events", "resynced") == 0, server:level("sessions", "events", "resynced"))
  end

  --- Puts a line into the buffer, in normal mode.
  local function put(text)
    driver.input("<Esc>O" .. text .. "<Esc>")
    check(text .. " is put in", wait(function() return driver.line() == text and driver.mode() == "n" end), driver.line())
  end

  --- How many sessions there are, and whether the buffer is in one.
  local function sessions() return lua("return #vim.lsp.get_clients({ name = 'inkling' })") end
  local function attached() return lua("return #vim.lsp.get_clients({ bufnr = 0, name = 'inkling' })") == 1 end

  --- A file as it was, that the server has.
  local function fresh(name)
    vim.fn.writefile({ "package a", "", "func a() {}" }, driver.folder .. "/" .. name)
    command("edit! " .. name)
    check(name .. " has a session", wait(function() return attached() and driver.status() == "ready" end), driver.status())
    in_step("the server has it")
  end

  --- The buffer is left alone: the server has forgotten it, and what is put into it stays here.
  local function alone(name, documents)
    check(name .. " is left alone", wait(function() return not attached() end), driver.status())
    check("the server has its documents no more", wait(function() return server:level("sessions", "documents") == documents end), server:level("sessions", "documents"))
    put("secret of " .. name)
    command("write!")
    put("more secret of " .. name)
    vim.wait(100)
    check("nothing of it was sent", told(name) == 0, told(name))
  end

  driver.start({ ENV_FILE = "/dev/null" }) -- the folder has an .env that is none
  lua("require('inkling').setup({ cmd = ... })", bridge)
  fresh("a.go")
  command("saveas .env")
  alone(".env", 0)
  command("saveas b.go")
  check("another name brings it back", wait(attached))
  in_step("the server has it")
  put("// b")
  in_step("and what changes")

  command("file id_rsa")
  alone("id_rsa", 0)
  command("file c.go")
  check("another name brings it back", wait(attached))
  put("// c")
  in_step("and what changes")
  command("file d.go")
  put("// d")
  in_step("a change of the name and of the text comes in this order")
  check("and one document is open", server:level("sessions", "documents") == 1, server:level("sessions", "documents"))
  vim.fn.writefile({ "package taken" }, driver.folder .. "/taken.go")
  lua("vim.fn.bufload(vim.fn.bufadd('taken.go'))")
  check("a name that is taken is refused", not pcall(command, "file taken.go"))
  put("// e")
  in_step("then it goes on under its own")

  -- No event tells of these.
  fresh("f.go")
  local documents = server:level("sessions", "documents")
  command("noautocmd file g.pem")
  put("secret of g.pem")
  command("write!")
  alone("g.pem", documents - 1)
  command("bwipeout!")
  command("enew!")
  put("nothing to hide")
  wait(attached)
  command("write .env.local")
  put("secret of .env.local")
  alone(".env.local", documents - 1)
  command("bwipeout!")

  -- A bridge that is still starting has been told of a buffer, and asks for it later.
  lua("vim.lsp.stop_client(vim.lsp.get_clients())")
  check("the session ends", wait(function() return driver.status() == "not started" end), driver.status())
  lua([[vim.fn.writefile({ "package h" }, "h.go") vim.cmd("edit! h.go | saveas! .netrc")]])
  check("a new one begins", wait(function() return sessions() == 1 end))
  alone(".netrc", 0)
  check("nor under its name before", told("h.go") == 0, told("h.go"))
  lua("vim.fn.writefile({ 'package i' }, 'i.go') vim.cmd('edit! i.go') require('inkling').command('off')")
  put("// off")
  lua("require('inkling').command('on')")
  in_step("off and on: the server has it")
  put("// on")
  in_step("and what changes")

  -- What grows in normal mode.
  documents = server:level("sessions", "documents")
  lua("vim.fn.setreg('p', string.rep('# 0123456789abc\\n', 3 * 2 ^ 20 / 16))")
  driver.input('"pp')
  check("a buffer that grows too large is left alone", wait(function() return not attached() end), driver.status())
  driver.input("u")
  wait(function() return driver.status() ~= "not here: too large: 3.0 MB, at most 2.0 MB" end)
  command("doautocmd BufEnter")
  check("and is not when it is small again", wait(attached))
  put("// small")
  in_step("the server has it")
  lua("vim.bo.binary = true")
  command("doautocmd BufEnter")
  check("what turns binary is let go", wait(function() return not attached() end), driver.status())
  lua("vim.bo.binary = false")
  command("doautocmd BufEnter")

  -- The server asks for a document that it does not have.
  wait(attached)
  in_step("the server has it")
  lua("vim.lsp.get_clients({ name = 'inkling' })[1].rpc.notify('textDocument/didClose', { textDocument = { uri = vim.uri_from_bufnr(0) } })")
  put("// lost")
  local got
  check("what the server asks for it gets", wait(function()
    got = digests()
    return got[1] == got[2]
  end, 5000), got)
  put("// found")
  check("and what changes", wait(function()
    got = digests()
    return got[1] == got[2]
  end, 5000), got)

  -- A bridge that is killed, and edits before the next one is there.
  local first = lua("return vim.lsp.get_clients({ name = 'inkling' })[1].id")
  vim.uv.kill(lua("return vim.tbl_filter(function(pid) return vim.api.nvim_get_proc(pid).name == 'inkling' end, vim.api.nvim_get_proc_children(vim.fn.getpid()))[1]"), "sigkill")
  check("the bridge is gone", wait(function() return sessions() == 0 end))
  put("// meanwhile")
  check("there is another one", wait(function()
    local c = lua("local c = vim.lsp.get_clients({ name = 'inkling', bufnr = 0 })[1] return c and c.id or 0")
    return c ~= 0 and c ~= first and driver.status() == "ready"
  end), driver.status())
  put("// since")
  got = digests()
  check("and has what was and is edited", got[1] == got[2], got)

  check("Neovim leaves", driver.leave())
  check("and its session", wait(function() return server:level("sessions", "open") == 0 end))
  server:stop()
end)
