--- Stands in for vim.lsp.inline_completion in a Neovim that has none, to try what the plugin does with it: the same functions,
--- names, order of events and items as 0.12's, and as little of all else as that needs. What it draws says nothing of 0.12.
local M = {}

local METHOD = "textDocument/inlineCompletion"
local namespace = vim.api.nvim_create_namespace("nvim.lsp.inline_completion")
local DELAY = 200 -- milliseconds after the cursor moved, as there
local states = {} -- by buffer: {client, items, at, timer}

local function hide(buf)
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  states[buf].items = {}
end

local function show(buf, at)
  local state = states[buf]
  state.at = at
  local item = state.items[at]
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  local typed = vim.api.nvim_get_current_line():sub(item.range.col + 1, vim.api.nvim_win_get_cursor(0)[2])
  vim.api.nvim_buf_set_extmark(buf, namespace, item.range.row, item.range.col + #typed, {
    virt_text = { { item.insert_text:sub(#typed + 1):match("^[^\n]*"), "Comment" } }, virt_text_pos = "inline",
  })
end

local function request(buf)
  local state = states[buf]
  local client = vim.lsp.get_client_by_id(state.client)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = 2 }
  client:request(METHOD, params, function(err, result)
    if err then
      error("an error has reached vim.lsp.inline_completion: " .. vim.inspect(err)) -- it would be logged there
    end
    local cursor = vim.api.nvim_win_get_cursor(0)
    local range = { row = cursor[1] - 1, col = cursor[2], to_extmark = function(self) return self.row, self.col, self.row, self.col end }
    state.items = vim.tbl_map(function(item)
      return { insert_text = item.insertText, range = range, command = item.command }
    end, result.items)
    if #state.items > 0 then
      show(buf, 1)
    end
  end, buf)
end

--- What is typed as the text says keeps it; else it goes, and is asked for anew.
local function moved(buf)
  local state = states[buf]
  local item, cursor = state.items[state.at], vim.api.nvim_win_get_cursor(0)
  if item then
    local typed = vim.api.nvim_get_current_line():sub(item.range.col + 1, cursor[2])
    if item.range.row == cursor[1] - 1 and typed ~= "" and #typed < #item.insert_text and vim.startswith(item.insert_text, typed) then
      show(buf, state.at)
      return
    end
    hide(buf)
  end
  state.timer:start(DELAY, 0, vim.schedule_wrap(function()
    if vim.lsp.buf_is_attached(buf, state.client) and vim.fn.mode() == "i" then
      request(buf)
    end
  end))
end

function M.enable(_, filter)
  local buf = filter.bufnr
  states[buf] = { client = filter.client_id, items = {}, at = 1, timer = vim.uv.new_timer() }
  local group = vim.api.nvim_create_augroup("nvim.lsp.inline_completion:" .. buf, { clear = true })
  vim.api.nvim_create_autocmd("CursorMovedI", { group = group, buffer = buf, callback = function() moved(buf) end })
  vim.api.nvim_create_autocmd("InsertLeave", { group = group, buffer = buf, callback = function() hide(buf) end })
end

function M.get(opts)
  local buf = vim.api.nvim_get_current_buf()
  local state = states[buf]
  local item = state and state.items[state.at]
  if not item then
    return false
  end
  vim.schedule(function()
    hide(buf)
    assert(not opts.on_accept(item), "the stand-in puts nothing into a buffer itself")
  end)
  return true
end

function M.select(opts)
  local buf = vim.api.nvim_get_current_buf()
  local state = states[buf]
  if state and #state.items > 0 then
    show(buf, (state.at - 1 + opts.count) % #state.items + 1)
  end
end

return M
