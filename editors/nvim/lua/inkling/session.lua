--- The session with `inkling lsp`, over Neovim's own LSP client, which keeps the documents in step.
---
--- Invariants:
---   * Only the last request's text is shown, and none that was forgotten since.
---   * What goes wrong is the status, and one message, until something else is the matter.
---   * No text of an excluded file leaves, whatever its buffer was called before.
local M = {}

local ghost = require("inkling.ghost")
local listener = require("inkling.listener")

local METHOD = "textDocument/inlineCompletion"
local RESTART_AFTER = 1000 -- milliseconds before a bridge that ended is started again; doubles with each one that fails
local RESTARTS = 6 -- that fail in a row before it is left alone
local QUIET = { [-32801] = true, [-32800] = true, [-32802] = true } -- a newer edit, a cancel, a server with too much to do

local state = "not started"
local trouble = nil -- what is wrong with the session; goes before the state
local told = nil -- what people were told last
local attached = {} -- buffers of the session, with the URIs that they were opened under
local streams = {} -- by stream token: {buf, row, col, items}
local last = nil -- token of the last request
local count = 0
local restarts = 0

local function client()
  return vim.lsp.get_clients({ name = "inkling" })[1]
end

--- Calls a method of a client: until 0.10 they are bound to it.
local function call(c, method, ...)
  if vim.fn.has("nvim-0.11") == 1 then
    return c[method](c, ...)
  end
  return c[method](...)
end

--- One line about the session, for people.
function M.status()
  return trouble or (last and streams[last] and "thinking") or state
end

--- Whether something is wrong with the session.
function M.troubled()
  return trouble ~= nil
end

--- What people were told of it, with what to do; nil where nothing is wrong, or nothing was told.
function M.told()
  return trouble and told
end

--- Tells people once.
local function tell(text, level)
  if told ~= text then
    told = text
    vim.notify(text, level)
  end
end

local function fails(status, text, level)
  trouble = status
  tell(text, level)
  vim.cmd.redrawstatus()
end

local function recovers()
  if trouble then
    trouble, told = nil, nil
    vim.cmd.redrawstatus()
  end
  state = "ready"
end

--- Lets go of the last request: what still comes of it is not shown.
function M.forget()
  last = nil
end

--- A delta of a suggestion that streams. Only the last request's are shown.
local function progress(_, params)
  local stream = streams[params.token]
  if not stream or params.value.kind ~= "delta" or params.token ~= last then
    return
  end
  local at = params.value.item + 1
  for i = #stream.items + 1, at do
    stream.items[i] = { text = "" }
  end
  stream.items[at].text = stream.items[at].text .. params.value.text
  local items = vim.tbl_filter(function(item) return item.text ~= "" end, stream.items)
  if #items > 0 then
    ghost.show(stream.buf, stream.row, stream.col, vim.deepcopy(items))
  end
end

--- What the bridge has to say to people: shown once, and kept as the status.
local function shown(_, params)
  local wrong = params.type == vim.lsp.protocol.MessageType.Error
  fails((params.message:gsub("^inkling: ", "")), params.message, wrong and vim.log.levels.ERROR or vim.log.levels.WARN)
end

--- What it notes: that the server is away or back. One that was there and comes back is a matter of the status alone.
local function logged(_, params)
  local text = params.message or ""
  if text:find("is away", 1, true) then
    if state == "ready" then
      told = text
    end
    fails("offline", text, vim.log.levels.INFO)
  elseif text:find("is back", 1, true) then
    recovers()
  end
end

local options -- how the bridge is started

--- The bridge ended: it is started again for its buffers, unless that never helps.
local function ended(code, signal)
  local buffers = vim.tbl_filter(vim.api.nvim_buf_is_loaded, vim.tbl_keys(attached))
  attached, streams, last = {}, {}, nil
  if code == 0 and signal == 0 then -- it was asked to
    state, trouble = "not started", nil
    return
  end
  trouble = ("%s ended with %s"):format(options.cmd[1], signal ~= 0 and "signal " .. signal or code)
  restarts = restarts + 1
  if restarts > RESTARTS then
    fails(trouble .. ": see :checkhealth inkling", "inkling: " .. trouble .. ", again and again: see :checkhealth inkling", vim.log.levels.ERROR)
    return
  end
  vim.defer_fn(function()
    for _, buf in ipairs(buffers) do
      if vim.api.nvim_buf_is_loaded(buf) and options.wanted(buf) then
        M.attach(buf, options)
      end
    end
  end, RESTART_AFTER * 2 ^ (restarts - 1))
end

--- What an answer without text says of itself.
local function reason(answer)
  local why = answer and answer.why
  if not why or why == "filtered" or why == "empty" then
    return "ready"
  elseif why == "quota" then
    return ("quota used up: more in %d min"):format(math.max(1, math.ceil((answer.retryAfterMs or 0) / 60000)))
  end
  return "no suggestion: " .. why
end

--- The server cannot put a document right by itself: it is closed, and opened again with the whole text.
local function resync(_, params, context)
  local c = vim.lsp.get_client_by_id(context.client_id)
  for _, buf in ipairs(vim.tbl_keys(c and c.attached_buffers or {})) do
    if vim.uri_from_bufnr(buf) == params.uri then
      M.detach(buf)
      if options.wanted(buf) then
        M.attach(buf, options)
      end
    end
  end
end

--- Holds back what Neovim tells of excluded files. Buffers get other names without an event too, and the handler that tells of
--- a file that is saved opens it under its new name before anyone can say no.
local function guard(c)
  local notify = c.rpc.notify
  c.rpc.notify = function(method, params)
    local uri = vim.tbl_get(params or {}, "textDocument", "uri")
    if uri and options.excluded(vim.uri_to_fname(uri)) then
      return true
    end
    return notify(method, params)
  end
end

--- Lets go of the buffers that are unwanted by now: Neovim opens the others once the bridge has come up.
local function winnow(c)
  for _, buf in ipairs(vim.tbl_keys(c.attached_buffers)) do
    if not options.wanted(buf) then
      c.attached_buffers[buf] = nil
    end
  end
end

--- Attaches a buffer, and starts the bridge where it does not run. Options: cmd; wanted(buf), whether a buffer gets
--- suggestions; excluded(path), whether a file is never sent; calm(), whether asking makes sense now; native, whether Neovim's own
--- inline completion asks.
function M.attach(buf, o)
  options = o
  if vim.fn.executable(o.cmd[1]) == 0 then
    fails(o.cmd[1] .. " is not to be found", "inkling: " .. o.cmd[1] .. " is not to be found: install it, or set cmd in setup()", vim.log.levels.ERROR)
    return
  end
  listener.attach(buf)
  vim.lsp.start({
    name = "inkling",
    cmd = o.cmd,
    root_dir = vim.fs.root(buf, { ".git" }) or vim.fn.getcwd(),
    flags = { debounce_text_changes = 0, allow_incremental_sync = true },
    handlers = { ["$/progress"] = progress, ["window/showMessage"] = shown, ["window/logMessage"] = logged, ["inkling/resync"] = resync },
    on_init = function(c)
      restarts = 0
      guard(c)
      winnow(c)
      if not (trouble == "offline" or (c.server_info or {}).version == "offline") then
        recovers()
      end
    end,
    on_attach = function(c, at)
      attached[at] = vim.uri_from_bufnr(at)
      if o.native then
        require("inkling.native").enable(c, at, o.calm, function(answer) state = reason(answer) end)
      end
    end,
    on_exit = vim.schedule_wrap(ended),
  }, { bufnr = buf, reuse_client = function(c) return c.name == "inkling" and not call(c, "is_stopped") end, silent = true })
end

--- Takes a buffer out of the session: the server forgets it, under the name that it was opened under, too.
function M.detach(buf)
  local c, uri = client(), attached[buf]
  attached[buf] = nil
  if c and vim.lsp.buf_is_attached(buf, c.id) then
    vim.lsp.buf_detach_client(buf, c.id)
    if uri and uri ~= vim.uri_from_bufnr(buf) then
      c.rpc.notify("textDocument/didClose", { textDocument = { uri = uri } })
    end
  end
end

--- Takes all of them out.
function M.detach_all()
  for buf in pairs(attached) do
    M.detach(buf)
  end
end

--- Shows the answer, whole.
local function answered(token, err, result)
  local stream = streams[token]
  streams[token] = nil
  if token ~= last or not stream then
    return
  end
  if err then
    state = QUIET[err.code] and "ready" or "no suggestion: " .. (err.message or "an error")
    return
  end
  local items = {}
  for _, item in ipairs(result and result.items or {}) do
    table.insert(items, { text = item.insertText, ref = item.command.arguments[1] })
  end
  state = reason(result and result.inkling)
  ghost.show(stream.buf, stream.row, stream.col, items)
end

--- Asks for a suggestion at the cursor. The editor does not cancel: the next edit says it.
function M.ask(buf, opts)
  local c = client()
  buf = buf == 0 and vim.api.nvim_get_current_buf() or buf
  if not c or not vim.lsp.buf_is_attached(buf, c.id) then
    return
  end
  local cursor = vim.api.nvim_win_get_cursor(0)
  count = count + 1
  local token = "nvim" .. count
  streams[token] = { buf = buf, row = cursor[1] - 1, col = cursor[2], items = {} }
  last = token
  local params = vim.lsp.util.make_position_params(0, c.offset_encoding)
  params.context = { triggerKind = opts.automatic and 2 or 1 }
  params.inkling = { streamToken = token, maxSuggestions = opts.suggestions }
  if not call(c, "request", METHOD, params, function(err, result) answered(token, err, result) end, buf) then
    streams[token] = nil
  end
end

local function feedback(command, suggestion)
  local c = client()
  if c and suggestion.ref then
    call(c, "request", "workspace/executeCommand", { command = command, arguments = { suggestion.ref } }, function() end)
  end
end

function M.accepted(suggestion)
  feedback("inkling.accept", suggestion)
end

function M.dismissed(suggestion)
  feedback("inkling.dismiss", suggestion)
end

return M
