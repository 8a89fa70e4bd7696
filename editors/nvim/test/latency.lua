-- What the editor, the bridge and loopback add to the server's own time, from a key to ghost text in the buffer:
-- nvim -l test/latency.lua INKLING-BINARY SERVER-URL [KEYS]
package.path = vim.fs.dirname(vim.fs.abspath(arg[0])) .. "/?.lua;" .. package.path
local driver = require("driver")
local binary, url, keys = arg[1] or "inkling", assert(arg[2], "the server's URL is missing"), tonumber(arg[3] or "40")

driver.start()
vim.fn.writefile({ "package a", "", "func Add(a, b int) int {", "\t", "}" }, driver.folder .. "/a.go")
driver.lua("require('inkling').setup({ cmd = { ..., 'lsp', '--server', '" .. url .. "' } })", binary)
driver.command("edit a.go")
assert(driver.wait(function() return driver.status() == "ready" end), driver.status())
-- Every key asks as if by hand, so that the server's gate holds nothing back; the way is that of automatic requests.
driver.lua([[
  local session, ghost = require("inkling.session"), require("inkling.ghost")
  local ask, show = session.ask, ghost.show
  session.ask = function(buf) ask(buf, { automatic = false }) end
  ghost.show = function(buf, row, col, items)
    show(buf, row, col, items)
    if ghost.current() and not first then first = vim.uv.hrtime() end
  end
  local client = vim.lsp.get_clients({ name = "inkling" })[1]
  local request = client.request
  client.request = function(self, method, params, handler, buf)
    return request(self, method, params, function(err, result, ...)
      timings = result and result.inkling and result.inkling.timings or timings
      return handler(err, result, ...)
    end, buf)
  end
]])

local added, whole = {}, {}
for i = 1, keys do
  driver.lua("vim.cmd.stopinsert() vim.api.nvim_buf_set_lines(0, 3, 4, true, { '\tv' .. ... .. ' :=' }) vim.api.nvim_win_set_cursor(0, { 4, 0 })", i)
  driver.input("A")
  driver.wait(function() return driver.lua("return vim.api.nvim_get_mode().mode") == "i" end)
  driver.lua("first, timings = nil, nil")
  local before = vim.uv.hrtime()
  driver.input(" ")
  local seen = driver.wait(function()
    local value = driver.lua("return { first or 0, timings and timings.firstMs or -1 }")
    return value[2] >= 0 and value
  end, 20000)
  driver.input("<Esc>")
  if seen and seen[1] > 0 then
    table.insert(whole, (seen[1] - before) / 1e6)
    table.insert(added, (seen[1] - before) / 1e6 - seen[2])
  end
end
local function at(list, share)
  table.sort(list)
  return list[math.max(1, math.ceil(share * #list))]
end
assert(#added > 0, "no key had ghost text")
print(("%d of %d keys had ghost text; from the key to it, ms: p50 %.1f, p95 %.1f; of that not the server's: p50 %.1f, p95 %.1f"):format(
  #added, keys, at(whole, 0.5), at(whole, 0.95), at(added, 0.5), at(added, 0.95)))
vim.rpcnotify(driver.child, "nvim_command", "qall!")
vim.fn.jobwait({ driver.child }, 20000)
driver.finish()
