--- A Neovim of its own, driven over RPC as a user would, and what the tests need besides.
local M = { failed = 0, patience = 1000 * tonumber(vim.env.INKLING_TEST_PATIENCE or 60) }

M.root = vim.fn.fnamemodify(arg[0], ":p:h:h")
M.folder = vim.fn.tempname()
vim.fn.mkdir(M.folder, "p")

--- Waits for something to become true; how long is no pass mark, only a bound.
function M.wait(what, patience)
  local value
  vim.wait(patience or M.patience, function()
    value = what()
    return value
  end, 20)
  return value
end

function M.check(name, ok, detail)
  print((ok and "ok    " or "FAIL  ") .. name .. (ok and "" or ": " .. vim.inspect(detail)))
  M.failed = M.failed + (ok and 0 or 1)
end

--- Starts the Neovim. What it tells people is kept.
function M.start(env)
  M.child = vim.fn.jobstart({ vim.v.progpath, "--embed", "--headless", "--clean", "--cmd", "set noswapfile" }, { rpc = true, cwd = M.folder, env = env })
  M.lua("vim.opt.runtimepath:prepend(...)", M.root)
  M.lua("said = {} vim.notify = function(text) table.insert(said, text) end")
end

--- What it told people.
function M.said()
  return M.lua("return said")
end

--- Leaves it, as a user would.
function M.leave()
  vim.rpcnotify(M.child, "nvim_command", "qall!")
  return vim.fn.jobwait({ M.child }, 20000)[1] == 0
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

--- The ghost text, "" where there is none. Another namespace than ours may be named.
function M.ghost(namespace)
  return M.lua([[
    local ns = vim.api.nvim_get_namespaces()[...]
    if not ns then return "" end
    local mark = vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true })[1]
    if not mark then return "" end
    local text = mark[4].virt_text[1][1]
    for _, line in ipairs(mark[4].virt_lines or {}) do text = text .. "\n" .. line[1][1] end
    return text
  ]], namespace or "inkling")
end

function M.line()
  return M.lua("return vim.api.nvim_get_current_line()")
end

function M.status()
  return M.lua("return require('inkling').status()")
end

--- Puts the cursor on a line, 1-based.
function M.go(line)
  M.lua("vim.api.nvim_win_set_cursor(0, { ..., 0 })", line)
end

function M.mode()
  return M.lua("return vim.api.nvim_get_mode().mode")
end

--- Runs a script; where it breaks off, that is a failure, and its Neovim does not stay.
function M.run(script)
  local ok, why = xpcall(script, debug.traceback)
  if not ok then
    M.check("the script runs to its end", false, why)
    vim.fn.jobstop(M.child)
  end
  M.finish()
end

--- Ends the program.
function M.finish()
  vim.fn.delete(M.folder, "rf")
  print(M.failed == 0 and "all passed" or M.failed .. " failed")
  os.exit(M.failed == 0 and 0 or 1)
end

return M
