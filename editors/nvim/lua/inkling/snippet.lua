--- Whether a snippet is filled in: by Neovim itself, LuaSnip or vim-vsnip. Of these nothing is loaded that is not there already.
local M = {}

--- Asks a plugin; one whose interface is another one is not asked again and again with errors, but taken for idle.
local function ask(f, ...)
  local ok, answer = pcall(f, ...)
  return ok and answer ~= nil and answer ~= false and answer ~= 0
end

--- Whether there is a stop to go on to; at the last one a snippet is done, though plugins may keep it.
function M.active()
  if vim.snippet and vim.snippet.active() then
    return true
  end
  local luasnip = package.loaded.luasnip
  if type(luasnip) == "table" then
    local jumpable = luasnip.locally_jumpable
    if jumpable and ask(jumpable, 1) or not jumpable and ask(luasnip.in_snippet) then -- older ones have no locally_jumpable
      return true
    end
  end
  return vim.g.loaded_vsnip ~= nil and ask(vim.fn["vsnip#jumpable"], 1)
end

return M
