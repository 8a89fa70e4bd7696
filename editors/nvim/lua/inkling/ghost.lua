--- Ghost text: what is shown, where, and what of it is taken. It never changes the buffer but when text is accepted.
local M = {}

local namespace = vim.api.nvim_create_namespace("inkling")

--- The suggestions that are shown: buffer, place (0-based row and byte column), texts with their references.
local shown = nil

vim.api.nvim_set_hl(0, "InklingGhost", { link = "Comment", default = true })

local function place(buf)
  local cursor = vim.api.nvim_win_get_cursor(0)
  return buf == vim.api.nvim_get_current_buf() and cursor[1] - 1 or -1, cursor[2]
end

local function draw()
  vim.api.nvim_buf_clear_namespace(shown.buf, namespace, 0, -1)
  local lines = vim.split(shown.items[shown.at].text, "\n", { plain = true })
  local mark = { virt_text = { { lines[1], "InklingGhost" } }, virt_text_pos = "inline", hl_mode = "combine", right_gravity = true }
  if #lines > 1 then
    mark.virt_lines = {}
    for i = 2, #lines do
      mark.virt_lines[i - 1] = { { lines[i], "InklingGhost" } }
    end
  end
  vim.api.nvim_buf_set_extmark(shown.buf, namespace, shown.row, shown.col, mark)
end

--- Forgets what is shown.
function M.clear()
  if shown then
    if vim.api.nvim_buf_is_valid(shown.buf) then
      vim.api.nvim_buf_clear_namespace(shown.buf, namespace, 0, -1)
    end
    shown = nil
  end
end

--- The suggestion on top, nil where there is none: {text, ref}.
function M.current()
  return shown and shown.items[shown.at]
end

--- Shows suggestions at the cursor: a list of {text, ref}. An empty one clears.
function M.show(buf, row, col, items)
  local here_row, here_col = place(buf)
  if here_row ~= row or here_col ~= col or #items == 0 then
    M.clear()
    return
  end
  shown = { buf = buf, row = row, col = col, items = items, at = math.min(shown and shown.at or 1, #items) }
  draw()
end

--- Goes to another alternative.
function M.turn(by)
  if shown then
    shown.at = (shown.at - 1 + by) % #shown.items + 1
    draw()
  end
end

--- The cursor moved: ghost text stays only where it belongs.
function M.check(buf)
  local row, col = place(buf)
  if shown and (shown.buf ~= buf or shown.row ~= row or shown.col ~= col) then
    M.follow(buf)
  end
end

--- The buffer changed: where it changed by typing what the ghost text says, the rest of it stays. So do the alternatives that
--- begin with what was typed, and the one on top stays there while it is one of them.
function M.follow(buf)
  if not shown then
    return
  end
  local row, col = place(buf)
  if shown.buf ~= buf or shown.row ~= row or col < shown.col then
    M.clear()
    return
  end
  local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, true)[1]
  local typed = line:sub(shown.col + 1, col)
  local items, at = {}, 1
  for i, item in ipairs(shown.items) do
    if vim.startswith(item.text, typed) and #item.text > #typed then
      table.insert(items, { text = item.text:sub(#typed + 1), ref = item.ref })
      at = i == shown.at and #items or at
    end
  end
  if #items == 0 then
    M.clear()
  else
    shown.at = at
    M.show(buf, row, col, items)
  end
end

--- How much of a text is taken by a word or a line.
function M.part(text, what)
  if what == "word" then
    return text:match("^%s*[%w_\128-\255]+") or text:match("^%s*[^%w%s]+") or text
  end
  if what == "line" then
    return text:match("^\n?[^\n]*")
  end
  return text
end

--- Puts a text into the buffer, and the cursor behind it.
function M.put(buf, row, col, text)
  local lines = vim.split(text, "\n", { plain = true })
  vim.api.nvim_buf_set_text(buf, row, col, row, col, lines)
  local last = lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + #lines, #lines == 1 and col + #last or #last })
end

--- Puts text, or a part of it, into the buffer and returns the suggestion; nil where nothing is shown.
function M.take(what)
  if not shown then
    return nil
  end
  local item, buf, row, col = shown.items[shown.at], shown.buf, shown.row, shown.col
  M.clear()
  local text = M.part(item.text, what)
  M.put(buf, row, col, text)
  if #text < #item.text then
    local cursor = vim.api.nvim_win_get_cursor(0)
    M.show(buf, cursor[1] - 1, cursor[2], { { text = item.text:sub(#text + 1), ref = item.ref } })
  end
  return item
end

return M
