-- The server's documents stay those of the editor, whatever edits them: nvim -l test/mirror.lua INKLING-BINARY [SEED]
package.path = vim.fn.fnamemodify(arg[0], ":p:h") .. "/?.lua;" .. package.path
local driver, servers = require("driver"), require("server")
local binary, seed = arg[1] or "inkling", tonumber(arg[2] or "1")
local lua, check, wait = driver.lua, driver.check, driver.wait

local ROUNDS, EDITS = 40, 10 -- edits between two looks

--- Edits in a Neovim that sends what changed; or, where full is true, the whole text at each change.
local function play(full)
  local server = servers.serve(binary)
  driver.start()
  if full then
    lua([[
      local start = vim.lsp.start
      vim.lsp.start = function(config, opts)
        config.flags = vim.tbl_extend("force", config.flags or {}, { allow_incremental_sync = false })
        return start(config, opts)
      end
    ]])
  end
  lua("require('inkling').setup({ cmd = { ..., 'lsp', '--server', '" .. server.url .. "' } })", binary)
  vim.fn.writefile({ "erste Zeile", "", "añejo 𝒳 = 漢字", "\tlast" }, driver.folder .. "/a.txt")
  driver.command("edit a.txt")
  check("the session begins", wait(function() return driver.status() == "ready" end), driver.status())
  lua([[
    changes = { whole = 0, part = 0 }
    local rpc = vim.lsp.get_clients({ name = "inkling" })[1].rpc
    local notify = rpc.notify
    rpc.notify = function(method, params)
      for _, change in ipairs(method == "textDocument/didChange" and params.contentChanges or {}) do
        local kind = change.range and "part" or "whole"
        changes[kind] = changes[kind] + 1
      end
      return notify(method, params)
    end
  ]])

  -- What people and plugins do to text: typed, pasted, taken away, joined, undone, replaced, whole and in pieces.
  lua([[
    math.randomseed(...)
    local texts = { "x", "é", "𝒳", "漢字", "e\204\129", "two\nlines", "\n", "", "\tif a {\n\t}\n", "👩‍👩‍👧 " }
    local function any(list) return list[math.random(#list)] end
    local function place()
      local row = math.random(0, vim.api.nvim_buf_line_count(0) - 1)
      local line = vim.api.nvim_buf_get_lines(0, row, row + 1, true)[1]
      return row, vim.fn.byteidx(line, math.random(0, vim.fn.strchars(line, 1))), line
    end
    local commands = { "normal! dd", "normal! p", "normal! P", "normal! J", "normal! x", "normal! ~", "normal! >>", "undo", "redo",
      "s/e/é𝒳/g", "%s/x/y/", "normal! yyp", "earlier 3", "m0", "$d", "sort" }
    function edit()
      local row, col, line = place()
      if math.random() < 0.5 then
        vim.api.nvim_win_set_cursor(0, { row + 1, math.max(0, col) })
        vim.cmd("silent! " .. any(commands)) -- some have nothing to do here
      else
        local last = math.random() < 0.3 and col or #line
        vim.api.nvim_buf_set_text(0, row, math.min(col, last), row, last, vim.split(any(texts), "\n"))
      end
    end
    function whole()
      local lines = vim.api.nvim_buf_get_lines(0, 0, -1, true)
      return vim.fn.sha256(table.concat(lines, "\n") .. (vim.bo.endofline and "\n" or ""))
    end
  ]], seed)

  local function in_step()
    local got = lua([[
      local uri = vim.uri_from_bufnr(0)
      local answers = vim.lsp.buf_request_sync(0, "inkling/digest", { textDocument = { uri = uri } }, 20000) or {}
      local _, answer = next(answers)
      return { answer and answer.result and answer.result.sha256 or vim.inspect(answer), whole() }
    ]])
    return got[1] == got[2], got
  end
  check("the document is as it was opened", in_step())
  local same, got, round = true, nil, 0
  while same and round < ROUNDS do
    round = round + 1
    lua("for _ = 1, ... do edit() end", EDITS)
    same, got = in_step()
  end
  check(("after %d edits it is as in the editor (seed %d)"):format(round * EDITS, seed), same, got)
  local port = server.port
  server:stop()
  wait(function() return driver.status() == "offline" end)
  lua("for _ = 1, ... do edit() end", EDITS)
  server = servers.serve(binary, {}, port)
  check("the session comes back", wait(function() return driver.status() == "ready" end), driver.status())
  check("and with it what was edited meanwhile", in_step())
  lua("edit() edit()")
  check("it goes on from there", in_step())
  check("nothing had to be sent again", server:level("sessions", "events", "resynced") == 0, server:level("sessions", "events", "resynced"))
  local changes = lua("return changes")
  check(full and "each change was the whole text" or "each change was what had changed", full and changes.part == 0 and changes.whole > 0 or
    not full and changes.whole == 0 and changes.part > 0, changes)
  check("Neovim leaves", driver.leave())
  server:stop()
end

driver.run(function()
  play(false)
  print("      the same with the whole text at each change")
  play(true)
end)
