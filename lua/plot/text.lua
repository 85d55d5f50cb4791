--- A figure in letters, for terminals: curves in Braille characters, bars and pictures in blocks.
local data, layout, axis, colours = require 'plot.data', require 'plot.layout', require 'plot.axis', require 'plot.colours'
local canvas = require 'plot.canvas'

local GLYPHS = {'*', '+', 'o', 'x', '#', '@', '%', '&'}

local function utf8_length(s)
   local _, n = s:gsub('[^\128-\191]', '')
   return n
end

local function shortened(s, most)
   if utf8_length(s) <= most then return s end
   local list = {}
   for c in s:gmatch('[%z\1-\127\194-\244][\128-\191]*') do
      if #list < most - 1 then list[#list + 1] = c end
   end
   return table.concat(list) .. '~'
end

-- ---- painters: an item on the canvas; p: px(x) and py(y) give dots, glyph a character that stands for dots ----

local paint = {}

-- A point that is seen.
local function spot(c, u, v, colour, glyph)
   u, v = math.floor(u + .5), math.floor(v + .5)
   for _, d in ipairs{{0, 0}, {1, 0}, {0, 1}, {1, 1}} do c:dot(u + d[1], v + d[2], colour, glyph) end
end

function paint.lines(c, item, p)
   local t = data.thinned({item.x, item.y}, true)
   local x, y = t[1], t[2]
   local gap = ({['--'] = 2, [':'] = 3, ['-.'] = 3})[item.style]
   local lastx, lasty
   local function whole(i) return i >= 1 and i <= data.count(x) and data.finite(x[i]) and data.finite(y[i]) end
   for i = 1, data.count(x) do
      local u, v = p.px(x[i]), p.py(y[i])
      if u - u == 0 and v - v == 0 then
         if item.marker and data.count(x) <= 60 or not whole(i - 1) and not whole(i + 1) then spot(c, u, v, item.color, p.glyph) end
         if lastx and item.style == 'steps' then
            c:line(lastx, lasty, u, lasty, item.color, p.glyph)
            lastx = u
         end
         c:line(lastx or u, lasty or v, u, v, item.color, p.glyph, gap)
         lastx, lasty = u, v
      else
         lastx, lasty = nil, nil
      end
   end
end

function paint.points(c, item, p)
   local t = data.thinned({item.x, item.y, item.values}, false)
   local lo, hi
   if item.values then lo, hi = layout.colours(p.pane, item) end
   local big = data.count(t[1]) <= 200
   for i = 1, data.count(t[1]) do
      local u, v = p.px(t[1][i]), p.py(t[2][i])
      if u - u == 0 and v - v == 0 then
         local index = lo and colours.index(t[3][i], lo, hi)
         local colour = index and colours.map(item.map or 'viridis')[index] or item.color
         if big then spot(c, u, v, colour, p.glyph) else c:dot(math.floor(u + .5), math.floor(v + .5), colour, p.glyph) end
      end
   end
end

local function each_end(item, p, f)
   for i = 1, data.count(item.x) do
      local u, a, b = p.px(item.x[i]), p.py(item.lo[i]), p.py(item.hi[i])
      if u - u == 0 and a - a == 0 and b - b == 0 then f(u, a, b) end
   end
end

function paint.errors(c, item, p)
   each_end(item, p, function(u, a, b)
      c:line(u, a, u, b, item.color, p.bars and '│')
      if not p.bars then
         c:line(u - 1, a, u + 1, a, item.color)
         c:line(u - 1, b, u + 1, b, item.color)
      end
   end)
end

-- Every other dot between the curves.
function paint.band(c, item, p)
   local lastu, lasta, lastb
   each_end(item, p, function(u, a, b)
      local steps = math.max(1, math.floor(math.abs(u - (lastu or u))))
      for s = 1, steps do
         local f = s / steps
         local x = (lastu or u) + f * (u - (lastu or u))
         local y0, y1 = (lasta or a) + f * (a - (lasta or a)), (lastb or b) + f * (b - (lastb or b))
         for y = math.floor(math.max(0, math.min(y0, y1))), math.min(c.height, math.max(y0, y1)) do
            if (math.floor(x) + y) % 3 == 0 then c:dot(x, y, item.color, p.glyph and '.') end
         end
      end
      lastu, lasta, lastb = u, a, b
   end)
end

-- The outline, where several histograms lie over each other.
local function outline(c, item, p)
   local lastv
   local n = data.count(item.x)
   local base = p.py(item.lo[1])
   for i = 1, n do
      local u0, u1, v = p.px(item.x[i] - item.boxes / 2), p.px(item.x[i] + item.boxes / 2), p.py(item.hi[i])
      if v - v ~= 0 then v = base end
      c:line(u0, lastv or base, u0, v, item.color, p.glyph)
      c:line(u0, v, u1, v, item.color, p.glyph)
      if i == n then c:line(u1, v, u1, base, item.color, p.glyph) end
      lastv = v
   end
end

function paint.boxes(c, item, p)
   local n = data.count(item.x)
   if item.faint and n > 0 then return outline(c, item, p) end
   local lo = p.pane.ylog and item.lo:clone():cmax(p.axes.y.lo) or item.lo
   local function row(v) return (1 - layout.share(p.axes.y, v)) * c.height end
   for i = 1, n do
      local a, b = row(lo[i]), row(item.hi[i])
      if a - a == 0 and b - b == 0 and item.hi[i] ~= lo[i] then
         if lo[i] == 0 then a = math.floor(a / 4 + .5) * 4 end -- bars stand on whole characters
         local left, right = p.px(item.x[i] - item.boxes / 2) / 2, p.px(item.x[i] + item.boxes / 2) / 2
         local first = math.floor(left + .5)
         local last = math.max(first, math.floor(right + .5) - 1)
         if item.gap > .03 and last - first >= 2 then last = last - 1 end
         for k = math.max(first, 0), math.min(last, c.columns - 1) do c:bar(k, a, b, item.color, p.shades[item]) end
      end
   end
end

function paint.hline(c, item, p) c:line(0, p.py(item.at), c.width - 1, p.py(item.at), item.color, p.glyph and '-', 2) end
function paint.vline(c, item, p) c:line(p.px(item.at), 0, p.px(item.at), c.height - 1, item.color, p.glyph and '|', 2) end

paint['text'] = function(c, item, p)
   c:write(math.floor(p.px(item.tx) / 2), math.floor(p.py(item.ty) / 4), item.text, item.color)
end

-- A matrix or picture: what the canvas' half characters show of it, by at(i, j), the colour of row i and column j.
local function paint_cells(c, item, p, h, w, at, shade)
   local function cell(size, extent, a, dot, of)
      local v = a.lo + (dot + .5) / of * (a.hi - a.lo)
      local k = math.floor((v - extent[1]) / (extent[2] - extent[1]) * size) + 1
      return k >= 1 and k <= size and k or nil
   end
   for row = 0, c.rows - 1 do
      for column = 0, c.columns - 1 do
         local j = cell(w, item.x, p.axes.x, column, c.columns)
         local flip = p.pane.flip
         local function line(k) return cell(h, item.y, p.axes.y, flip and k or 2 * c.rows - 1 - k, 2 * c.rows) end
         local i1, i2 = line(2 * row), line(2 * row + 1)
         if j and p.coloured then
            c:pixels(column, row, i1 and at(i1, j), i2 and at(i2, j))
         elseif j and (i1 or i2) then
            c:pixels(column, row, nil, nil, shade(i1 or i2, j))
         end
      end
   end
end

local function write_numbers(c, item, p, lo, hi)
   local map = colours.map(item.map)
   for i = 1, item.h do
      for j = 1, item.w do
         local v = item.numbers[i][j]
         local text = item.percent and ('%.0f%%'):format(v * 100) or ('%.5g'):format(v)
         local column, row = math.floor(p.px(j) / 2 - #text / 2 + .5), math.floor(p.py(i) / 4)
         local rgb = map[colours.index(item.z[i][j], lo, hi) or 0]
         if not p.coloured then text = ' ' .. text .. ' ' column = column - 1 end
         c:write(column, row, text, p.coloured and (rgb[1] * .3 + rgb[2] * .59 + rgb[3] * .11 < 140 and {255, 255, 255} or {32, 32, 32}) or nil)
         if p.coloured then
            for k = 0, #text - 1 do c.back[row * c.columns + column + k] = rgb end
         end
      end
   end
end

function paint.image(c, item, p)
   if item.w == 0 or item.h == 0 then return end
   if item.rgb then
      local bytes, n = torch.data(item.rgb), item.h * item.w
      local function at(i, j)
         local k = (i - 1) * item.w + j - 1
         return {bytes[k], bytes[k + n], bytes[k + 2 * n]}
      end
      return paint_cells(c, item, p, item.h, item.w, at, function(i, j)
         local rgb = at(i, j)
         return (rgb[1] * .3 + rgb[2] * .59 + rgb[3] * .11) / 255
      end)
   end
   local lo, hi = layout.colours(p.pane, item)
   local z, map = torch.data(item.z), colours.map(item.map)
   local function index(i, j) return colours.index(z[(i - 1) * item.w + j - 1], lo, hi) end
   paint_cells(c, item, p, item.h, item.w, function(i, j) return map[index(i, j) or -1] end, function(i, j) return (index(i, j) or 0) / 255 end)
   if item.numbers then write_numbers(c, item, p, lo, hi) end
end

function paint.contour(c, item, p)
   if not data.range(false, item.z) then return end
   local lo, hi = layout.colours(p.pane, item)
   for k, level in ipairs(item.levels) do
      local list = item.lines[k]
      for i = 1, #list, 4 do
         c:line(p.px(list[i]), p.py(list[i + 1]), p.px(list[i + 2]), p.py(list[i + 3]), colours.map(item.map)[colours.index(level, lo, hi)], p.glyph)
      end
   end
end

-- ---- surfaces ----

-- Wires seen from the front: rows from the nearest on, each drawn where it is above or below all nearer ones.
function paint.surface(c, item, p)
   local lo, hi = layout.colours(p.pane, item)
   if not data.range(false, item.z) then return end
   local rows, columns = item.z:size(1), item.z:size(2)
   local map = colours.map(item.map)
   local top, bottom = {}, {}
   local shift, rise = .25 * c.width, .45 * c.height
   local lines = math.min(rows, 24)
   local steps = c.width
   for k = 0, lines - 1 do
      local depth = lines > 1 and k / (lines - 1) or 0
      local i = math.floor((rows - 1) * depth + .5) + 1
      local lastx, lasty
      for s = 0, steps do
         local at = s / steps * (columns - 1)
         local j = math.min(math.floor(at), math.max(columns - 2, 0))
         local f = at - j
         local v = item.z[i][j + 1] + f * (item.z[i][math.min(j + 2, columns)] - item.z[i][j + 1])
         if data.finite(v) then
            local height = (v - lo) / (hi - lo)
            local x = math.floor(depth * shift + s / steps * (c.width - 1 - shift) + .5)
            local y = c.height - 1 - depth * rise - height * (c.height - 2 - rise)
            local seen = not top[x] or y < top[x] or y > bottom[x]
            if seen then
               c:line(lastx or x, lasty or y, x, y, map[colours.index(v, lo, hi)], p.glyph)
               top[x], bottom[x] = math.min(top[x] or y, y), math.max(bottom[x] or y, y)
            end
            lastx, lasty = seen and x or nil, seen and y or nil
         else
            lastx, lasty = nil, nil
         end
      end
   end
end

-- ---- frames ----

local function ticks(pane, name, a, most)
   local own = pane[name .. 'ticks']
   if not own then return axis.ticks(a.lo, a.hi, most, a.log) end
   local list = {}
   for _, tick in ipairs(own) do if tick[1] >= a.lo and tick[1] <= a.hi then list[#list + 1] = tick end end
   return list
end

-- Rows of the ticks of a vertical axis, and the width of their texts.
local function marks(pane, name, a, rows, flip)
   local at, width = {}, 0
   for _, tick in ipairs(ticks(pane, name, a, math.max(2, math.floor(rows / 4)))) do
      local share = layout.share(a, tick[1])
      local row = math.floor((flip and share or 1 - share) * (rows - (pane[name .. 'ticks'] and 0 or 1)) + (pane[name .. 'ticks'] and 0 or .5))
      row = math.min(row, rows - 1)
      local text = shortened(tick[2], 14)
      if not at[row] then at[row], width = text, math.max(width, utf8_length(text)) end
   end
   return at, width
end

local function centred(text, width)
   text = shortened(text, width)
   return (' '):rep(math.floor((width - utf8_length(text)) / 2)) .. text
end

-- The line under a plot, with ticks, and their texts.
local function bottom_lines(pane, a, columns, ascii)
   local line, list = {}, ticks(pane, 'x', a, math.max(2, math.floor(columns / 10)))
   local texts = canvas.new(columns + 8, 1)
   for k = 1, columns do line[k] = ascii and '-' or '─' end
   local free = -1
   for _, tick in ipairs(list) do
      local share = layout.share(a, tick[1])
      local column = pane.xticks and math.floor(share * columns) or math.floor(share * (columns - 1) + .5)
      local text = shortened(tick[2], math.max(6, math.floor(columns / math.max(1, #list)) - 1))
      local start = math.max(0, math.floor(column - (utf8_length(text) - 1) / 2 + .25))
      if column >= 0 and column < columns and start > free then
         line[column + 1] = ascii and '+' or '┬'
         texts:write(start, 0, text)
         free = start + utf8_length(text)
      end
   end
   return table.concat(line), texts:lines(false)[1]
end

local function legend_of(pane, coloured, ascii, glyphs)
   local parts, length = {}, 0
   for _, item in ipairs(layout.named(pane)) do
      local boxes = item.kind == 'boxes' or item.kind == 'band'
      local mark = glyphs[item] or (ascii and '-') or (boxes and '■') or (item.kind == 'points' and '•') or '──'
      if coloured then mark = canvas.painted(mark, item.color) end
      parts[#parts + 1] = mark .. ' ' .. item.label
      length = length + 5 + utf8_length(tostring(item.label))
   end
   return table.concat(parts, '   '), length
end

-- The colours of a map and their ends, in a line.
local function colour_line(pane, item, coloured)
   local lo, hi = layout.colours(pane, item)
   local n, cells = 24, {}
   local c = canvas.new(n, 1)
   for k = 0, n - 1 do
      local rgb = colours.map(item.map or 'viridis')[math.floor(k / (n - 1) * 255)]
      if coloured then c:pixels(k, 0, rgb, rgb) else c:pixels(k, 0, nil, nil, k / (n - 1)) end
   end
   cells = c:lines(coloured)[1]
   return ('%.4g %s %.4g'):format(lo, cells, hi), n + 16
end

-- How the items of a pane are drawn: with dots, or, where several curves would look alike, each by a character.
local function glyphs_of(pane, coloured, ascii)
   local curves, glyphs = {}, {}
   for _, item in ipairs(pane.items) do
      if item.kind == 'lines' or item.kind == 'points' or item.faint then curves[#curves + 1] = item end
   end
   if not coloured and (#curves > 1 or ascii) then
      for k, item in ipairs(curves) do glyphs[item] = GLYPHS[(k - 1) % #GLYPHS + 1] end
   end
   return glyphs
end

local SHADES = {'█', '▒', '░', '▓'}

-- Without colours bars of several kinds have shades.
local function shades_of(pane, coloured, ascii)
   local shades, k = {}, 0
   for _, item in ipairs(pane.items) do
      if item.kind == 'boxes' and not item.faint then
         k = k + 1
         if not coloured and k > 1 then shades[item] = ascii and GLYPHS[(k - 1) % #GLYPHS + 1] or SHADES[(k - 1) % #SHADES + 1] end
      end
   end
   return shades
end

-- The size of the drawing for pictures and matrices, whose units have one length: a character is twice as high as wide.
local function fit(pane, a, columns, rows, most_rows)
   if not pane.equal then return columns, rows end
   local ratio = (a.y.hi - a.y.lo) / (a.x.hi - a.x.lo) / 2
   local w = math.max(2, math.min(columns, math.floor(most_rows / ratio + .5)))
   return w, math.max(1, math.min(most_rows, math.floor(w * ratio + .5)))
end

-- Small matrices get cells of whole characters.
local function whole_cells(pane, columns, rows)
   local item = pane.items[1]
   if not pane.equal or not item or item.kind ~= 'image' or item.w == 0 or item.w > columns or item.h > 2 * rows then return columns, rows end
   local k = math.max(1, math.floor(math.min(columns / item.w, 2 * rows / item.h)))
   if item.numbers then k = math.max(2, math.min(k, 12) - math.min(k, 12) % 2) end
   local w, h = k * item.w, math.ceil(k * item.h / 2)
   if w > columns or h > rows then return columns, rows end
   return w, h
end

local function draw(pane, p, c)
   for _, item in ipairs(pane.items) do
      local a = item.axis == 'right' and p.axes.y2 or p.axes.y
      p.py = function(v)
         local s = layout.share(a, v)
         return (pane.flip and s or 1 - s) * (c.height - (pane.flip and 0 or 1))
      end
      p.px = function(v) return layout.share(p.axes.x, v) * (c.width - (pane.flip and 0 or 1)) end
      p.glyph = p.glyphs[item]
      paint[item.kind](c, item, p)
   end
end

-- The lines of a plot, `width` columns wide.
local function pane_lines(pane, width, height, coloured, ascii)
   local a = layout.axes(pane)
   local rows = height or 18
   local at, margin = marks(pane, 'y', a.y, rows, pane.flip)
   local right, right_margin = {}, 0
   if a.y2 then right, right_margin = marks(pane, 'y2', a.y2, rows) end
   local columns, real_rows = fit(pane, a, math.max(8, width - margin - 3 - (right_margin > 0 and right_margin + 2 or 0)), rows, rows)
   columns, real_rows = whole_cells(pane, columns, real_rows)
   if real_rows ~= rows then
      rows = real_rows
      at, margin = marks(pane, 'y', a.y, rows, pane.flip)
   end
   local c = canvas.new(columns, rows, ascii)
   local p = {pane = pane, axes = a, coloured = coloured, ascii = ascii, glyphs = glyphs_of(pane, coloured, ascii),
      shades = shades_of(pane, coloured, ascii)}
   for _, item in ipairs(pane.items) do p.bars = p.bars or item.kind == 'boxes' end
   draw(pane, p, c)
   local lines, drawn = {}, c:lines(coloured)
   local indent = (' '):rep(margin + 2)
   if pane.title then lines[1] = indent .. centred(tostring(pane.title), columns) end
   local legend, length = legend_of(pane, coloured, ascii, setmetatable(p.shades, {__index = p.glyphs}))
   if legend ~= '' then lines[#lines + 1] = indent .. (' '):rep(math.max(0, math.floor((columns - length + 3) / 2))) .. legend end
   if pane.ylabel or pane.y2label then
      local left, r = tostring(pane.ylabel or ''), tostring(pane.y2label or '')
      lines[#lines + 1] = left .. (' '):rep(math.max(1, margin + 2 + columns + right_margin + 1 - utf8_length(left) - utf8_length(r))) .. r
   end
   local bar, tick = ascii and '|' or '│', ascii and '+' or '┤'
   local space = pane.space ~= nil
   for row = 0, rows - 1 do
      local text = not space and at[row] or ''
      local line = (' '):rep(margin - utf8_length(text)) .. text .. ' ' .. (space and ' ' or at[row] and tick or bar) .. drawn[row + 1]
      if a.y2 then
         local _, shown = drawn[row + 1]:gsub('\27%[[%d;]*m', '')
         local plain = drawn[row + 1]:gsub('\27%[[%d;]*m', '')
         shown = utf8_length(plain)
         line = line .. (' '):rep(columns - shown) .. (right[row] and (ascii and '+' or '├') or bar) .. ' ' .. (right[row] or '')
      end
      lines[#lines + 1] = line
   end
   if not space then
      local below, texts = bottom_lines(pane, a.x, columns, ascii)
      lines[#lines + 1] = (' '):rep(margin + 1) .. (ascii and '+' or '└') .. below .. (a.y2 and (ascii and '+' or '┘') or '')
      lines[#lines + 1] = indent .. texts
   end
   if pane.xlabel then lines[#lines + 1] = indent .. centred(tostring(pane.xlabel), columns) end
   for _, item in ipairs(pane.items) do
      if (item.kind == 'image' and item.z and item.w > 0 or item.kind == 'contour' or item.kind == 'surface' or item.values) and item.colorbar ~= false then
         local line, n = colour_line(pane, item, coloured)
         lines[#lines + 1] = indent .. (' '):rep(math.max(0, math.floor((columns - n) / 2))) .. line
         break
      end
   end
   return lines
end

-- ---- several beside each other ----

local function visible_length(s) return utf8_length((s:gsub('\27%[[%d;]*m', ''))) end

local function beside(list, width)
   local lines, most = {}, 0
   for _, one in ipairs(list) do most = math.max(most, #one) end
   for i = 1, most do
      local parts = {}
      for k, one in ipairs(list) do
         local s = one[i] or ''
         parts[k] = k < #list and s .. (' '):rep(width - visible_length(s)) or s
      end
      lines[i] = (table.concat(parts):gsub(' +$', ''))
   end
   return lines
end

--- The figure as text, without a newline at its end; `height` rows a plot.
return function(figure, width, height, coloured, ascii)
   if ascii == nil then ascii = os.getenv('TERM') == 'linux' or os.getenv('TERM') == 'dumb' end
   width = math.max(20, math.min(width, #figure.panes > 1 and 200 or 110))
   local columns = figure.columns
   while columns > 1 and width / columns < 36 do columns = columns - 1 end
   local lines = {}
   if figure.heading then lines[1] = centred(tostring(figure.heading), width) end
   for k = 1, #figure.panes, columns do
      local list = {}
      for i = k, math.min(k + columns - 1, #figure.panes) do
         list[#list + 1] = pane_lines(figure.panes[i], math.floor(width / columns) - (columns > 1 and 1 or 0), height or (columns > 1 and 12), coloured, ascii)
      end
      if k > 1 then lines[#lines + 1] = '' end
      for _, line in ipairs(beside(list, math.floor(width / columns))) do lines[#lines + 1] = line end
   end
   return table.concat(lines, '\n')
end
