-- Loads once. Everything else is loaded when setup() is called or a command is used.
if vim.g.loaded_inkling then
  return
end
vim.g.loaded_inkling = true

vim.api.nvim_create_user_command("Inkling", function(opts)
  require("inkling").command(opts.fargs[1] or "status")
end, {
  nargs = "?",
  desc = "Inkling: on, off, toggle, status",
  complete = function()
    return { "on", "off", "toggle", "status" }
  end,
})
