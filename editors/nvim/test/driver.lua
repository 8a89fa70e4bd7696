--- A Neovim of its own, driven over RPC as a user would, and what the tests need besides.
local M = { failed = 0 }

M.root = vim.fs.dirname(vim.fs.dirname(vim.fs.abspath(arg[0])))
M.folder = vim.fn.tempname()
vim.fn.mkdir(M.folder, "p")

--- Waits for something to become true; how long is no pass mark, only a bound.
function M.wait(what, patience)
  local value
  vim.wait(patience or 60000, function()
    value = what()
    return value
  end, 20)
  return value
end

function M.check(name, ok, detail)
  print((ok and "ok    " or "FAIL  ") .. name .. (ok and "" or ": " .. vim.inspect(detail)))
  M.failed = M.failed + (ok and 0 or 1)
end

--- Starts the Neovim.
function M.start()
  M.child = vim.fn.jobstart({ vim.v.progpath, "--embed", "--headless", "--clean", "--cmd", "set noswapfile" }, { rpc = true, cwd = M.folder })
  M.lua("vim.opt.runtimepath:prepend(...)", M.root)
end

function M.lua(code, ...)
  return vim.rpcrequest(M.child, "nvim_exec_lua", code, { ... })
end

function M.input(keys)
  vim.rpcrequest(M.child, "nvim_input", keys)
end

function M.command(command)
  vim.rpcrequest(M.child, "nvim_command", command)
end

--- The ghost text, "" where there is none.
function M.ghost()
  return M.lua([[
    local ns = vim.api.nvim_get_namespaces().inkling
    local mark = vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true })[1]
    if not mark then return "" end
    local text = mark[4].virt_text[1][1]
    for _, line in ipairs(mark[4].virt_lines or {}) do text = text .. "\n" .. line[1][1] end
    return text
  ]])
end

function M.line()
  return M.lua("return vim.api.nvim_get_current_line()")
end

function M.status()
  return M.lua("return require('inkling.session').status()")
end

--- Ends the program.
function M.finish()
  vim.fn.delete(M.folder, "rf")
  print(M.failed == 0 and "all passed" or M.failed .. " failed")
  os.exit(M.failed == 0 and 0 or 1)
end

return M
