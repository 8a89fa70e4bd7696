--- Servers under test, on loopback: the real one, and what is none.
local driver = require("driver")

local M = {}
M.__index = M

--- A port that nobody listens at.
function M.free_port()
  local socket = vim.uv.new_tcp()
  socket:bind("127.0.0.1", 0)
  local port = socket:getsockname().port
  socket:close()
  return port
end

local function url(port)
  return "ws://127.0.0.1:" .. port .. "/api/v1/stream"
end

--- The session's address at a port where nobody listens.
function M.nowhere()
  return url(M.free_port())
end

--- Starts `inkling serve` and waits until it answers. Settings go into its environment.
function M.serve(binary, settings, port)
  local self = setmetatable({ port = port or M.free_port() }, M)
  self.url = url(self.port)
  self.job = vim.fn.jobstart({ binary, "serve" }, {
    cwd = driver.folder,
    env = vim.tbl_extend("force", { HOST = "127.0.0.1", PORT = tostring(self.port), WORKERS = "2", ENV_FILE = "/dev/null" }, settings or {}),
  })
  assert(driver.wait(function()
    local health = self:get("/health")
    return health and (health.status == "ok" or health.status == "degraded")
  end), "the server does not come up")
  return self
end

--- Starts what is not a server for us: drive/foreign.py says which kinds there are.
function M.foreign(kind)
  local said = ""
  local self = setmetatable({}, M)
  self.job = vim.fn.jobstart({ "python3", driver.root .. "/../drive/foreign.py", kind }, { on_stdout = function(_, lines) said = said .. table.concat(lines, "\n") end })
  assert(driver.wait(function() return said:match("(%d+)\n") end), "the foreign server does not come up")
  self.port = tonumber(said:match("(%d+)\n"))
  self.url = url(self.port)
  return self
end

--- Ends it, and waits until it has.
function M:stop()
  vim.fn.jobstop(self.job)
  vim.fn.jobwait({ self.job }, 30000)
end

--- What a path answers, as text; "" where there is no answer.
function M:text(path)
  local socket, text, over = vim.uv.new_tcp(), {}, false
  socket:connect("127.0.0.1", self.port, function(refused)
    if refused then
      over = true
      return
    end
    socket:write("GET " .. path .. " HTTP/1.0\r\nHost: localhost\r\n\r\n")
    socket:read_start(function(_, chunk)
      table.insert(text, chunk)
      over = chunk == nil
    end)
  end)
  vim.wait(driver.patience, function() return over end, 1)
  socket:close()
  return table.concat(text):match("\r\n\r\n(.*)$") or ""
end

--- The JSON of a path, nil where there is no answer.
function M:get(path)
  local ok, value = pcall(vim.json.decode, self:text(path))
  return ok and value or nil
end

--- The upper end of the last bucket of a histogram that holds anything, in seconds; 0 where none does.
function M:most(histogram)
  local text, before, most = self:text("/metrics"), 0, 0
  for bound, count in text:gmatch("\n" .. histogram .. '_bucket{le="([^"]+)"} (%d+)') do
    if tonumber(count) > before then
      before, most = tonumber(count), bound == "+Inf" and math.huge or tonumber(bound)
    end
  end
  return most
end

--- A figure of the server's: level("engine", "rowsBusy").
function M:level(...)
  return vim.tbl_get(self:get("/api/v1/metrics"), ...) or 0
end

--- Requests for suggestions that came in, however they ended.
function M:requests()
  return self:level("sessions", "events", "requested")
end

return M
