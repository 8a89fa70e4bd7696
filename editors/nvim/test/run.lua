-- Drives a Neovim of its own over RPC, as a user would: nvim -l test/run.lua INKLING-BINARY
local binary = arg[1] or "inkling"
local root = vim.fs.dirname(vim.fs.dirname(vim.fs.abspath(arg[0])))
local folder = vim.fn.tempname()
vim.fn.mkdir(folder, "p")

local child = vim.fn.jobstart({ vim.v.progpath, "--embed", "--headless", "--clean", "--cmd", "set noswapfile" }, { rpc = true, cwd = folder })
local function lua(code, ...)
  return vim.rpcrequest(child, "nvim_exec_lua", code, { ... })
end
local function input(keys)
  vim.rpcrequest(child, "nvim_input", keys)
end

local failed = 0
local function check(name, ok, detail)
  print((ok and "ok    " or "FAIL  ") .. name .. (ok and "" or ": " .. vim.inspect(detail)))
  failed = failed + (ok and 0 or 1)
end

-- Waits for something to become true; how long is no pass mark, only a bound.
local function wait(what)
  local value
  vim.wait(60000, function()
    value = what()
    return value
  end, 20)
  return value
end

local function ghost()
  return lua([[
    local ns = vim.api.nvim_get_namespaces().inkling
    local mark = vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true })[1]
    if not mark then return "" end
    local text = mark[4].virt_text[1][1]
    for _, line in ipairs(mark[4].virt_lines or {}) do text = text .. "\n" .. line[1][1] end
    return text
  ]])
end
local function line()
  return lua("return vim.api.nvim_get_current_line()")
end
local function status()
  return lua("return require('inkling.session').status()")
end

local file = folder .. "/a.go"
vim.fn.writefile({ "package a", "", "// Add returns the sum of a and b.", "func Add(a, b int) int {", "\t", "}" }, file)
lua("vim.opt.runtimepath:prepend(...)", root)
lua("require('inkling').setup({ cmd = { ..., 'lsp' } })", binary)
vim.rpcrequest(child, "nvim_command", "edit " .. file)
check("the session begins", wait(function() return status() == "ready" end), status())
vim.rpcrequest(child, "nvim_win_set_cursor", 0, { 5, 1 })

-- While the model loads, requests are declined: ask until it answers.
input("Areturn ")
local shown = wait(function()
  if ghost() == "" then
    lua("require('inkling').ask()")
    vim.wait(300)
  end
  return ghost() ~= ""
end)
check("ghost text appears", shown, ghost())
local text = ghost()
check("it goes on as the code would", text:find("a %+ b") ~= nil, text)

input(text:sub(1, 2))
check("typing along keeps the rest", wait(function() return ghost() == text:sub(3) end), { ghost(), text })

input("<Tab>")
check("Tab accepts", wait(function() return line() == "\treturn " .. text end), line())
check("and the ghost text is gone", ghost() == "", ghost())

input("<Esc>ccreturn ")
lua("require('inkling').ask()")
check("it is asked for again", wait(function() return ghost() ~= "" end), ghost())
local before = ghost()
input("<C-Right>")
check("a word is accepted", wait(function() return line() ~= "\treturn " and line():sub(1, 8) == "\treturn " end), line())
check("and the rest stays", #ghost() < #before, ghost())
input("<C-]>")
check("it can be dismissed", wait(function() return ghost() == "" end), ghost())
input("<Tab>")
check("then Tab is a tab", wait(function() return line():sub(-1) == "\t" end), line())

input("<Esc>ccreturn ")
lua("require('inkling').ask()")
wait(function() return ghost() ~= "" end)
input("zzz")
check("typing something else takes it away", wait(function() return not vim.startswith(ghost(), before) end), ghost())

input("<Esc>")
check("leaving insert mode takes it away", wait(function() return ghost() == "" end), ghost())

vim.rpcrequest(child, "nvim_command", "edit! " .. folder .. "/.env")
local wanted = lua("return { require('inkling').wanted(0) }")
check("excluded files are left alone", wanted[1] == false and wanted[2] == "excluded", wanted)
lua("vim.cmd('checkhealth inkling')")
check("checkhealth finds no error", not table.concat(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, true)"), "\n"):find("ERROR"))

vim.rpcnotify(child, "nvim_command", "qall!")
check("Neovim leaves", vim.fn.jobwait({ child }, 20000)[1] == 0)
vim.fn.delete(folder, "rf")
print(failed == 0 and "all passed" or failed .. " failed")
os.exit(failed == 0 and 0 or 1)
