local M = {}

--- :checkhealth inkling
function M.check()
  local inkling = require("inkling")
  vim.health.start("inkling")
  if vim.fn.has("nvim-0.10") == 1 then
    vim.health.ok("Neovim " .. tostring(vim.version()))
  else
    vim.health.error("Neovim 0.10 or later is needed")
  end
  if inkling.config.native and not inkling.native() then
    vim.health.warn("native is set, and this Neovim has no vim.lsp.inline_completion (0.12 has): our own ghost text is used")
  end
  local program = inkling.config.cmd[1]
  if vim.fn.executable(program) == 1 then
    local version = vim.system({ program, "--version" }, { text = true }):wait()
    vim.health.ok(program .. " " .. vim.trim(version.stdout or ""))
  else
    vim.health.error(program .. " is not to be found", "Build it with `make build`, and put bin/inkling on the path, or set cmd in setup()")
  end
  local buf = vim.fn.bufnr("#") -- the report has a buffer of its own
  local wanted, why = inkling.wanted(buf > 0 and buf or 0)
  vim.health.info("the buffer before: " .. (wanted and "gets suggestions" or ("no suggestions: " .. why)))
  local session = require("inkling.session")
  local report = not session.troubled() and vim.health.info or session.status() == "offline" and vim.health.warn or vim.health.error
  report("session: " .. session.status(), session.told())
end

return M
