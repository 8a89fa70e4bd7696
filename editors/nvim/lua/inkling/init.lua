--- Inkling: ghost text from a completion server, by Neovim's own LSP client and `inkling lsp`.
---
--- Invariants:
---   * Ghost text belongs to one place of one buffer's text; when either is another, it is gone or was asked for anew.
---   * What is typed as the ghost text says is taken off its front at once; the server goes on where it was.
---   * Nothing is asked for while a macro is recorded or played, a snippet is filled in, or a menu is open.
local M = {}

local excluded = require("inkling.excluded")
local ghost = require("inkling.ghost")
local native = require("inkling.native")
local session = require("inkling.session")
local snippet = require("inkling.snippet")

--- What setup() may be told, with defaults.
M.config = {
  cmd = { "inkling", "lsp" }, -- add "--server", "ws://host:8000/api/v1/stream" for a server; bin/inkling beside us will do too
  enabled = true,
  filetypes = nil, -- a list; nil: every buffer of a file
  exclude = excluded.files, -- globs, by name or by the end of the path; never sent
  max_bytes = 2 * 1024 * 1024, -- larger buffers are left alone
  alternatives = 3, -- suggestions that are asked for by hand, 1 to 8
  native = false, -- Neovim 0.12 and later: its own inline completion shows what is whole, in place of our ghost text
  keys = { toggle = "<M-0>", accept = "<Tab>", word = "<C-Right>", line = "<C-Down>", dismiss = "<C-]>", next = "<M-]>", previous = "<M-[>", ask = "<M-\\>" },
}

local group = vim.api.nvim_create_augroup("inkling", { clear = true })

--- How many lines at a buffer's start are looked at for what only binary files have.
local BINARY_LINES = 50

--- Whether a buffer holds a binary file: 'binary' is set, or a NUL byte is in it.
local function binary(buf)
  if vim.bo[buf].binary then
    return true
  end
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, BINARY_LINES, false)) do
    if line:find("\0", 1, true) then
      return true
    end
  end
  return false
end

--- Whether a buffer gets suggestions; with a reason when it does not.
function M.wanted(buf)
  if not M.config.enabled then
    return false, "off"
  end
  if vim.bo[buf].buftype ~= "" or not vim.bo[buf].modifiable then
    return false, "not a file"
  end
  if M.config.filetypes and not vim.tbl_contains(M.config.filetypes, vim.bo[buf].filetype) then
    return false, "filetype"
  end
  local glob = excluded.by(vim.api.nvim_buf_get_name(buf), M.config.exclude)
  if glob then
    return false, "excluded by " .. glob
  end
  local bytes = vim.api.nvim_buf_get_offset(buf, vim.api.nvim_buf_line_count(buf))
  if bytes > M.config.max_bytes then
    return false, ("too large: %.1f MB, at most %.1f MB"):format(bytes / 2 ^ 20, M.config.max_bytes / 2 ^ 20)
  end
  if binary(buf) then
    return false, "binary"
  end
  return true
end

--- Whether asking makes sense right now.
local function calm()
  return vim.fn.reg_recording() == "" and vim.fn.reg_executing() == "" and vim.fn.pumvisible() == 0
    and not snippet.active()
end

--- Whether Neovim's own inline completion is to be used, and is there.
function M.native()
  return M.config.native and vim.lsp.inline_completion ~= nil
end

--- Attaches a buffer that gets suggestions, and lets go of one that gets none any more.
local function look(buf)
  if not M.wanted(buf) then
    session.detach(buf)
    return
  end
  session.attach(buf, {
    cmd = M.config.cmd, wanted = M.wanted, calm = calm, native = M.native(),
    excluded = function(path) return excluded.by(path, M.config.exclude) ~= nil end,
  })
end

--- The same where people may come to a buffer by themselves.
local function look_again(buf)
  if vim.api.nvim_buf_is_loaded(buf) and vim.bo[buf].buflisted then
    look(buf)
  end
end

--- Takes the ghost text away, and what is still to come of it.
local function drop()
  session.forget()
  ghost.clear()
end

--- The text of a buffer changed in insert mode: what was typed along stays, and the rest is asked for.
local function changed(buf)
  if not M.wanted(buf) then
    drop()
    session.detach(buf) -- it has grown too large, say
    return
  end
  if M.native() then
    return
  end
  if not calm() then
    drop()
    return
  end
  ghost.follow(buf)
  session.ask(buf, { automatic = true, suggestions = 1 })
end

--- The text of a buffer changed in normal mode: it may have become too large, or binary.
local function changed_at_rest(buf)
  drop()
  if not M.wanted(buf) then
    session.detach(buf)
  end
end

--- A buffer is about to get another name: the server forgets it under the old one. It is looked at again once that is over: where
--- the new name is refused it keeps the old one, and no event tells of that.
local function renamed(buf)
  session.detach(buf)
  vim.schedule(function() look_again(buf) end)
end

--- One line about this buffer and the session, such as for a status line: "ready", "thinking", "offline", "off", ...
function M.status()
  if not M.config.enabled then
    return "off"
  end
  local wanted, why = M.wanted(vim.api.nvim_get_current_buf())
  if not session.troubled() and not wanted then
    return "not here: " .. why
  end
  return session.status()
end

--- Asks by hand, with alternatives.
function M.ask()
  local wanted, why = M.wanted(vim.api.nvim_get_current_buf())
  if not wanted then
    vim.notify("inkling: no suggestions here: " .. why, vim.log.levels.INFO)
    return
  end
  if M.native() then
    native.ask(M.config.alternatives)
    return
  end
  session.ask(0, { suggestions = M.config.alternatives })
end

--- Accepts the ghost text: "all", "word" or "line". Returns whether there was any.
function M.accept(what)
  local suggestion = ghost.take(what or "all")
  if not suggestion then
    return false
  end
  if what == nil or what == "all" then
    session.accepted(suggestion)
  end
  return true
end

function M.dismiss()
  local suggestion = ghost.current()
  drop()
  if suggestion then
    session.dismissed(suggestion)
  end
  return suggestion ~= nil
end

function M.command(what)
  if what == "status" then
    vim.notify("inkling: " .. M.status())
    return
  end
  M.config.enabled = what == "on" or (what == "toggle" and not M.config.enabled)
  if M.config.enabled then
    vim.iter(vim.api.nvim_list_bufs()):each(look_again)
  else
    drop()
    session.detach_all() -- nothing is sent while it is off
  end
  vim.cmd.redrawstatus()
end

--- Maps a key that does its own work only where there is ghost text.
local function map(key, act, name)
  if not key or key == "" then
    return
  end
  vim.keymap.set("i", key, function()
    if ghost.current() then
      vim.schedule(act) -- an expression mapping may not change text
      return ""
    end
    return key
  end, { expr = true, replace_keycodes = true, desc = "Inkling: " .. name })
end

--- Maps a key to Neovim's own inline completion, where that is used.
local function map_native(key, act, name)
  if not key or key == "" then
    return
  end
  vim.keymap.set("i", key, function() return act() and "" or key end, { expr = true, replace_keycodes = true, desc = "Inkling: " .. name })
end

local function keys(k)
  if k.toggle and k.toggle ~= "" then
    vim.keymap.set({ "n", "i" }, k.toggle, function() M.command("toggle") end, { desc = "Inkling: off and on" })
  end
  if k.ask and k.ask ~= "" then
    vim.keymap.set("i", k.ask, M.ask, { desc = "Inkling: ask" })
  end
  if M.native() then
    map_native(k.accept, function() return native.accept("all", session.accepted) end, "accept")
    map_native(k.word, function() return native.accept("word", session.accepted) end, "accept a word")
    map_native(k.line, function() return native.accept("line", session.accepted) end, "accept a line")
    map_native(k.dismiss, native.dismiss, "dismiss")
    map_native(k.next, function() native.turn(1) return true end, "next alternative")
    map_native(k.previous, function() native.turn(-1) return true end, "previous alternative")
    return
  end
  map(k.accept, function() M.accept("all") end, "accept")
  map(k.word, function() M.accept("word") end, "accept a word")
  map(k.line, function() M.accept("line") end, "accept a line")
  map(k.dismiss, function() M.dismiss() end, "dismiss")
  map(k.next, function() ghost.turn(1) end, "next alternative")
  map(k.previous, function() ghost.turn(-1) end, "previous alternative")
end

--- Starts. Options are those of M.config.
function M.setup(opts)
  M.config = vim.tbl_deep_extend("force", M.config, opts or {})
  if M.config.cmd[1] == "inkling" and vim.fn.executable("inkling") == 0 then
    local built = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h:h:h:h") .. "/bin/inkling"
    M.config.cmd[1] = vim.fn.executable(built) == 1 and built or "inkling"
  end
  keys(M.config.keys)
  local function on(events, act, pattern)
    vim.api.nvim_create_autocmd(events, { group = group, pattern = pattern, callback = function(event) act(event.buf) end })
  end
  on({ "BufEnter", "FileType" }, look)
  on("BufFilePre", renamed)
  on({ "TextChangedI", "TextChangedP" }, changed)
  on("CursorMovedI", ghost.check)
  on({ "InsertLeave", "BufLeave" }, drop)
  -- Ctrl-C leaves insert mode with no InsertLeave, and this may come late: then it is the first move or change that tells.
  on("ModeChanged", drop, "[iR]*:n*")
  on("CursorMoved", drop)
  on("TextChanged", changed_at_rest)
  look(vim.api.nvim_get_current_buf())
end

return M
