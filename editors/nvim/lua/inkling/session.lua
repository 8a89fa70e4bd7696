--- The session with `inkling lsp`, over Neovim's own LSP client, which keeps the documents in step.
local M = {}

local ghost = require("inkling.ghost")

local METHOD = "textDocument/inlineCompletion"
local RESTART_AFTER = 2000 -- milliseconds before a bridge that ended is started again

local state = "not started"
local trouble = nil -- what the bridge told people; goes before the state
local streams = {} -- by stream token: {buf, row, col, items}
local last = nil -- token of the last request
local count = 0
local waiting = false

local function client()
  return vim.lsp.get_clients({ name = "inkling" })[1]
end

--- One line about the session, for people.
function M.status()
  return trouble or state
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
  trouble = params.message
  vim.notify(params.message, params.type == vim.lsp.protocol.MessageType.Error and vim.log.levels.ERROR or vim.log.levels.WARN)
end

--- What it notes: that the server is away or back.
local function logged(_, params)
  local text = params.message or ""
  if text:find("is away", 1, true) then
    state = "offline"
  elseif text:find("is back", 1, true) then
    state = "ready"
  end
end

--- Attaches a buffer, and starts the bridge where it does not run. With native, Neovim's own inline completion asks.
function M.attach(buf, cmd, native)
  M.cmd = cmd
  if vim.fn.executable(cmd[1]) == 0 then
    state = cmd[1] .. " is not to be found: install it, or set cmd in setup()"
    return
  end
  vim.lsp.start({
    name = "inkling",
    cmd = cmd,
    root_dir = vim.fs.root(buf, { ".git" }) or vim.fn.getcwd(),
    flags = { debounce_text_changes = 0, allow_incremental_sync = true },
    handlers = { ["$/progress"] = progress, ["window/showMessage"] = shown, ["window/logMessage"] = logged },
    on_init = function() state = "ready" end,
    on_attach = native and function(client, attached)
      vim.lsp.inline_completion.enable(true, { bufnr = attached, client_id = client.id })
    end or nil,
    on_exit = function(code)
      state, trouble = "ended with " .. code, nil
      if code ~= 0 and not waiting then
        waiting = true
        vim.defer_fn(function()
          waiting = false
          if vim.api.nvim_buf_is_valid(buf) then
            M.attach(buf, M.cmd, native)
          end
        end, RESTART_AFTER)
      end
    end,
  }, { bufnr = buf, reuse_client = function(c) return c.name == "inkling" end, silent = true })
end

--- Shows the answer, whole.
local function answered(token, err, result)
  local stream = streams[token]
  streams[token] = nil
  if token ~= last or not stream then
    return
  end
  if err then
    -- A newer edit, a cancel, or a server that has too much to do: typing goes on.
    return
  end
  local items = {}
  for _, item in ipairs(result and result.items or {}) do
    table.insert(items, { text = item.insertText, ref = item.command.arguments[1] })
  end
  local why = result and result.inkling and result.inkling.why
  state = why and why ~= "filtered" and why ~= "empty" and ("no suggestion: " .. why) or "ready"
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
  params.inkling = { streamToken = token, maxSuggestions = opts.automatic and 1 or 3 }
  c:request(METHOD, params, function(err, result) answered(token, err, result) end, buf)
end

local function tell(command, suggestion)
  local c = client()
  if c and suggestion.ref then
    c:request("workspace/executeCommand", { command = command, arguments = { suggestion.ref } }, function() end)
  end
end

function M.accepted(suggestion)
  tell("inkling.accept", suggestion)
end

function M.dismissed(suggestion)
  tell("inkling.dismiss", suggestion)
end

return M
