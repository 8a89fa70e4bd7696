--- Neovim's own inline completion, 0.12 and later: it asks and shows by itself. What is ours here: when it may ask, what
--- asking by hand is, and taking a part.
local M = {}

local ghost = require("inkling.ghost")

local METHOD = "textDocument/inlineCompletion"
local invoked = nil -- suggestions that the next request is to ask for, since somebody asked by hand

local function shown(buf)
  local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inline_completion"]
  return namespace ~= nil and #vim.api.nvim_buf_get_extmarks(buf, namespace, 0, -1, { limit = 1 }) > 0
end

--- Tells it alone of an event: it offers no other way to be asked, or to let go.
local function tell(event)
  local buf = vim.api.nvim_get_current_buf()
  for _, own in ipairs(vim.api.nvim_get_autocmds({ event = event, buffer = buf })) do
    if (own.group_name or ""):find("nvim.lsp.inline_completion", 1, true) then
      vim.api.nvim_exec_autocmds(event, { group = own.group, buffer = buf, modeline = false })
      return
    end
  end
end

--- Lets it ask for a buffer. calm(): whether asking makes sense now; answered(answer): what is told of each answer. Errors
--- that say nothing to people, such as a newer edit, are empty answers, and are not logged.
function M.enable(client, buf, calm, answered)
  if not client.inkling_request then
    client.inkling_request = client.request
    client.request = function(self, method, params, handler, at)
      if method == METHOD then
        if not invoked and not calm() then
          return false
        end
        if invoked then
          params.context.triggerKind, params.inkling, invoked = 1, { maxSuggestions = invoked }, nil
        end
        local show = handler
        handler = function(err, result, context)
          answered(result and result.inkling)
          return show(nil, err and { items = {} } or result, context)
        end
      end
      return client.inkling_request(self, method, params, handler, at)
    end
  end
  vim.lsp.inline_completion.enable(true, { bufnr = buf, client_id = client.id })
end

--- Asks by hand, a moment later.
function M.ask(suggestions)
  invoked = suggestions
  tell("CursorMovedI")
end

--- Accepts "all", "word" or "line", after what was typed of it; accepted(ref) is told of a whole one. Returns whether there
--- is any.
function M.accept(what, accepted)
  return vim.lsp.inline_completion.get({ on_accept = function(item)
    local text, buf, cursor = item.insert_text, vim.api.nvim_get_current_buf(), vim.api.nvim_win_get_cursor(0)
    if type(text) ~= "string" or not item.range then
      return item
    end
    local row, col = item.range:to_extmark()
    local typed = vim.api.nvim_get_current_line():sub(col + 1, cursor[2])
    if row ~= cursor[1] - 1 or not vim.startswith(text, typed) then
      return nil -- it is of another place
    end
    local rest = text:sub(#typed + 1)
    local piece = ghost.part(rest, what)
    ghost.put(buf, row, cursor[2], piece)
    if piece == rest and item.command then
      accepted({ ref = item.command.arguments[1] })
    end
  end })
end

--- Goes to another alternative.
function M.turn(by)
  vim.lsp.inline_completion.select({ count = by })
end

--- Takes it away. Returns whether there was any.
function M.dismiss()
  local there = shown(vim.api.nvim_get_current_buf())
  if there then
    tell("InsertLeave")
  end
  return there
end

return M
