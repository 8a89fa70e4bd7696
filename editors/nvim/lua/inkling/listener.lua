--- Keeps Neovim listening to our buffers while no language server has them.
---
--- A buffer that is edited while it has no client is listened to no more, and is not again when it gets one, ours or another
--- (0.11.4, runtime/lua/vim/lsp.lua: on_lines returns true, and attached_buffers keeps the buffer). The next client would have the text
--- as it was opened, and no edit. So each buffer of ours is attached to a client that never comes up, too: nothing is sent to it.
local M = {}

local id -- of that client

--- A server inside of Neovim that answers nothing.
local function mute(dispatchers)
  local over = false
  return {
    request = function() return true, 1 end,
    notify = function() return true end,
    is_closing = function() return over end,
    terminate = function()
      if not over then
        over = true
        dispatchers.on_exit(0, 0)
      end
    end,
  }
end

--- Listens to a buffer from now on, until it is unloaded.
function M.attach(buf)
  if id and vim.lsp.get_client_by_id(id) then
    vim.lsp.buf_attach_client(buf, id)
  else
    id = vim.lsp.start({ name = "inkling-listener", cmd = mute }, { bufnr = buf, reuse_client = function() return false end, silent = true })
  end
end

return M
