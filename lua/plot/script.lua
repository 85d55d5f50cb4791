--- A figure as the program gnuplot reads it.
local data, layout, colours = require 'plot.data', require 'plot.layout', require 'plot.colours'
local quoted = require('gnuplot.curves').quoted

local M = {}

local function number(v) return ('%.9g'):format(v) end

-- ---- data ----

-- Lines of numbers, of vectors of one length; a blank one where a number is not finite: there a line is interrupted.
local function rows(list)
   local p, lines = {}, {}
   local n = data.count(list[1])
   if n == 0 then return '' end
   for k, x in ipairs(list) do p[k] = torch.data(x) end
   for i = 0, n - 1 do
      local whole, values = true, {}
      for k = 1, #p do
         whole = whole and data.finite(p[k][i])
         values[k] = number(p[k][i])
      end
      lines[i + 1] = whole and table.concat(values, ' ') or ''
   end
   return table.concat(lines, '\n') .. '\n'
end

-- Blocks of data have numbers, and stand before the plots.
local function block(out, text)
   out.blocks = out.blocks + 1
   out[#out + 1] = ('$d%d << EOD\n%sEOD\n'):format(out.blocks, text)
   return '$d' .. out.blocks
end

local function has_points(list)
   for _, x in ipairs(list) do if not data.range(false, x) then return false end end
   return true
end

-- ---- items ----

local dashes = {['-'] = 1, ['--'] = 2, [':'] = 3, ['-.'] = 4}
local markers = {o = 7, ['.'] = 7, ['+'] = 1, x = 2, ['*'] = 3, s = 5, d = 13, ['^'] = 9, v = 11}

local function colour(item) return "lc rgb '" .. item.color .. "'" end
local function title(item) return item.label and 'title ' .. quoted(item.label) or 'notitle' end
local function axes(item) return item.axis == 'right' and ' axes x1y2' or '' end

local draw = {}

-- Points whose neighbours are missing, which a line does not show.
local function lonely(x, y)
   local a, b, n = {}, {}, data.count(x)
   local function whole(i) return i >= 1 and i <= n and data.finite(x[i]) and data.finite(y[i]) end
   for i = 1, n do
      if whole(i) and not whole(i - 1) and not whole(i + 1) then a[#a + 1], b[#b + 1] = x[i], y[i] end
   end
   return #a > 0 and {torch.DoubleTensor(a), torch.DoubleTensor(b)}
end

function draw.lines(out, item, plots)
   local thinned = data.thinned({item.x, item.y}, true)
   local d = block(out, rows(thinned))
   local alone = not item.marker and lonely(unpack(thinned))
   if alone then
      plots[#plots + 1] = ('%s using 1:2%s with points pt 7 ps 0.5 %s notitle'):format(block(out, rows(alone)), axes(item), colour(item))
   end
   local width = item.width or 2
   if item.fill then
      plots[#plots + 1] = ("%s using 1:2%s with filledcurves y=0 fs transparent solid 0.2 noborder %s notitle"):format(d, axes(item), colour(item))
   end
   local marked = item.marker and data.count(item.x) <= 400
   local how = item.style == 'steps' and 'steps' or marked and 'linespoints' or 'lines'
   if item.with and not item.with:find('[;`$@()\n\r\\,]') then -- gnuplot's own words, of an optim.Logger
      plots[#plots + 1] = ('%s using 1:2 with %s %s'):format(d, item.with, title(item))
      return
   end
   local point = marked and (' pt %d ps %s'):format(markers[item.marker], item.marker == '.' and .3 or .9) or ''
   plots[#plots + 1] = ('%s using 1:2%s with %s lw %s dt %d %s%s %s'):format(d, axes(item), how, number(width), dashes[item.style or '-'] or 1, colour(item), point, title(item))
end

function draw.points(out, item, plots)
   local n = data.count(item.x)
   local size = item.pointsize or (n > 3000 and .35 or n > 300 and .6 or .9)
   if item.marker == '.' then size = size / 3 end
   local d = block(out, rows(data.thinned({item.x, item.y, item.values}, false)))
   plots[#plots + 1] = ('%s using 1:2%s%s with points pt %d ps %s %s %s'):format(d, item.values and ':3' or '', axes(item), markers[item.marker or 'o'],
      number(size), item.values and 'lc palette' or colour(item), title(item))
end

function draw.errors(out, item, plots)
   local d = block(out, rows(data.thinned({item.x, item.y, item.lo, item.hi}, false)))
   plots[#plots + 1] = ('%s using 1:2:3:4%s with yerrorbars ps 0 lw 1.2 %s notitle'):format(d, axes(item), colour(item))
end

function draw.band(out, item, plots)
   local d = block(out, rows{item.x, item.lo, item.hi})
   plots[#plots + 1] = ('%s using 1:2:3%s with filledcurves fs transparent solid 0.25 noborder %s %s'):format(d, axes(item), colour(item), title(item))
end

function draw.boxes(out, item, plots, pane)
   local lo = item.lo
   if pane.ylog then lo = lo:clone():cmax(pane.axes.y.lo) end
   local half = item.boxes / 2 * (1 - item.gap)
   local d = block(out, rows{item.x, item.x - half, item.x + half, lo, item.hi})
   plots[#plots + 1] = ('%s using 1:5:2:3:4:5%s with boxxyerror fs %s %s lw 0.5 %s'):format(d, axes(item),
      item.faint and 'transparent solid 0.55 noborder' or 'solid 0.85 noborder', colour(item), title(item))
end

function draw.hline(_, item, plots, pane)
   plots[#plots + 1] = ('[t=%s:%s] \'+\' using 1:(%s)%s with lines lw %s dt 2 %s %s'):format(number(pane.axes.x.lo), number(pane.axes.x.hi), number(item.at),
      axes(item), number(item.width or 1.2), colour(item), title(item))
end

function draw.vline(out, item, plots, pane)
   local a = pane.axes.y
   local d = block(out, ('%s %s\n%s %s\n'):format(number(item.at), number(a.lo), number(item.at), number(a.hi)))
   plots[#plots + 1] = ('%s using 1:2 with lines lw %s dt 2 %s %s'):format(d, number(item.width or 1.2), colour(item), title(item))
end

draw['text'] = function(_, item, _, _, settings)
   settings[#settings + 1] = ("set label %s at %s,%s tc rgb '%s' front"):format(quoted(item.text), number(item.tx), number(item.ty), item.color)
end

-- ---- matrices ----

local LARGEST = 2000 -- pixels on a side

-- Every k-th row and column of a large matrix.
local function smaller(z, dim)
   for d = dim, dim + 1 do
      local k = math.ceil(z:size(d) / LARGEST)
      if k > 1 then
         local n = math.ceil(z:size(d) / k)
         z = z:index(d, torch.range(0, n - 1):mul(k):add(1):long())
      end
   end
   return z:contiguous()
end

local ffi = require 'ffi'

local function placed(item, h, w)
   local dx, dy = (item.x[2] - item.x[1]) / w, (item.y[2] - item.y[1]) / h
   return ('array=(%d,%d) dx=%s dy=%s origin=(%s,%s)'):format(w, h, number(dx), number(dy), number(item.x[1] + dx / 2), number(item.y[1] + dy / 2))
end

-- Small ones are drawn as rectangles, which no viewer blurs; seams would show between many.
local function kind(h, w) return h * w <= 400 and ' pixels' or '' end

local function draw_rgb(item, plots)
   local rgb = smaller(item.rgb, 2)
   local h, w = rgb:size(2), rgb:size(3)
   local bytes = rgb:permute(2, 3, 1):contiguous()
   plots[#plots + 1] = ("'-' binary %s format='%%uchar' using 1:2:3 with rgbimage%s notitle"):format(placed(item, h, w), kind(h, w))
   plots.inline[#plots.inline + 1] = ffi.string(torch.data(bytes), h * w * 3)
end

-- The numbers in the cells, dark on light and light on dark.
local function write_numbers(item, settings, lo, hi)
   local map = colours.map(item.map)
   for i = 1, item.h do
      for j = 1, item.w do
         local v = item.numbers[i][j]
         local rgb = map[colours.index(item.z[i][j], lo, hi) or 0]
         local dark = rgb[1] * .3 + rgb[2] * .59 + rgb[3] * .11 < 140
         settings[#settings + 1] = ("set label %s at %d,%d center front tc rgb '%s'"):format(quoted(item.percent and ('%.0f%%'):format(v * 100) or ('%.5g'):format(v)),
            j, i, dark and '#FFFFFF' or '#202020')
      end
   end
end

function draw.image(_, item, plots, pane, settings)
   if item.rgb then return draw_rgb(item, plots) end
   if item.w == 0 or item.h == 0 then return end
   local z = smaller(item.z, 1)
   local h, w = z:size(1), z:size(2)
   plots[#plots + 1] = ("'-' binary %s format='%%float32' using 1 with image%s notitle"):format(placed(item, h, w), kind(h, w))
   plots.inline[#plots.inline + 1] = ffi.string(torch.data(z:float():contiguous()), h * w * 4)
   if item.numbers then write_numbers(item, settings, layout.colours(pane, item)) end
end

local function segments(list)
   local lines = {}
   for i = 1, #list, 4 do
      lines[#lines + 1] = ('%s %s\n%s %s\n'):format(number(list[i]), number(list[i + 1]), number(list[i + 2]), number(list[i + 3]))
   end
   return table.concat(lines, '\n')
end

-- The matrix between its points, so that colours change where the lines are.
local function fill(item, plots)
   local z, h, w = data.resampled(item.z, item.x, item.y, 240, 320)
   local x, y = item.x, item.y
   local area = {x = {x[1], x[data.count(x)]}, y = {y[1], y[data.count(y)]}}
   plots[#plots + 1] = ("'-' binary %s format='%%float32' using 1 with image notitle"):format(placed(area, h, w))
   plots.inline[#plots.inline + 1] = ffi.string(torch.data(z:float()), h * w * 4)
end

function draw.contour(out, item, plots)
   if item.fill and data.range(false, item.z) then fill(item, plots) end
   for i, level in ipairs(item.levels) do
      if #item.lines[i] > 0 then
         plots[#plots + 1] = ('%s using 1:2:(%s) with lines lw %s %s notitle'):format(block(out, segments(item.lines[i])), number(level),
            item.fill and .7 or 2, item.fill and "lc rgb '#202020'" or 'lc palette')
      end
   end
end

local function surface_rows(item)
   local z = item.z
   local lines, ki, kj = {}, math.ceil(z:size(1) / 150), math.ceil(z:size(2) / 150)
   for i = 1, z:size(1), ki do
      for j = 1, z:size(2), kj do
         lines[#lines + 1] = ('%s %s %s'):format(number(item.x[j]), number(item.y[i]), data.finite(z[i][j]) and number(z[i][j]) or 'NaN')
      end
      lines[#lines + 1] = ''
   end
   return table.concat(lines, '\n') .. '\n'
end

function draw.surface(out, item, plots)
   if data.range(false, item.z) then plots[#plots + 1] = block(out, surface_rows(item)) .. " using 1:2:3 with pm3d notitle" end
end

-- ---- panes ----

local function range_of(name, a)
   return ('set %srange [%s:%s]%s'):format(name, number(a.lo), number(a.hi), a.log and '\nset logscale ' .. name or '')
end

local function set_ticks(name, list)
   local texts = {}
   for i, tick in ipairs(list) do texts[i] = quoted(tick[2]) .. ' ' .. number(tick[1]) end
   local long = 0
   for _, tick in ipairs(list) do long = long + #tick[2] end
   return ('set %stics%s (%s)'):format(name, name == 'x' and long > 60 and ' rotate by -35' or '', table.concat(texts, ', '))
end

local function palette(map)
   local list = {}
   for i, c in ipairs(colours.maps[map]) do list[i] = ("%g '%s'"):format(i - 1, c) end
   return 'set palette defined (' .. table.concat(list, ', ') .. ')'
end

local function key(pane, axes)
   if #layout.named(pane) == 0 then return 'unset key' end
   local place = pane.legend
   if place == 'outside' then return 'set key outside right top Left reverse samplen 2 noenhanced' end
   if type(place) ~= 'string' then place = layout.free_corner(pane, axes) end
   return "set key " .. place .. " Left reverse samplen 2 spacing 1.1 opaque fillcolor rgb '#FFFFFF' noenhanced"
end

-- The item whose numbers colours stand for.
local function coloured(pane)
   for _, item in ipairs(pane.items) do
      if item.z and not (item.kind == 'contour' and #item.levels == 0) or item.values then return item end
   end
end

local BARE = [[
set border 3 lw 0.8 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#303030'
set grid back lt 1 lw 0.6 lc rgb '#DCDCDC'
set title font ',12'
unset colorbox
]]

local function settings_of(pane)
   local a, s = pane.axes, {BARE}
   for _, name in ipairs{'title', 'xlabel', 'ylabel', 'y2label', 'zlabel'} do
      if pane[name] then s[#s + 1] = ('set %s %s noenhanced'):format(name, quoted(pane[name])) end
   end
   s[#s + 1] = range_of('x', a.x)
   s[#s + 1] = range_of('y', a.y)
   if a.y2 then s[#s + 1] = range_of('y2', a.y2) .. '\nset y2tics\nset border 11' end
   if pane.flip then s[#s + 1] = ('set yrange [%s:%s]'):format(number(a.y.hi), number(a.y.lo)) end
   if pane.flip or pane.grid == false then s[#s + 1] = 'unset grid' end
   if pane.flip then s[#s + 1] = 'set border 15\nset tics scale 0.3' end
   if pane.equal then s[#s + 1] = 'set size ratio -1' end
   for _, name in ipairs{'x', 'y'} do if pane[name .. 'ticks'] then s[#s + 1] = set_ticks(name, pane[name .. 'ticks']) end end
   s[#s + 1] = key(pane, a)
   local item = coloured(pane)
   if item then
      s[#s + 1] = palette(item.map or 'viridis')
      local lo, hi = layout.colours(pane, item)
      s[#s + 1] = ('set cbrange [%s:%s]'):format(number(lo), number(hi))
      if item.colorbar ~= false then s[#s + 1] = "set colorbox\nset cbtics scale 0.4" end
      if item.kind == 'contour' and item.fill then s[#s + 1] = ('set palette maxcolors %d'):format(#item.levels + 1) end
   end
   return s
end

local function space_settings(pane, s)
   local item = pane.space
   local view = item.view or {55, 35}
   s[#s + 1] = ("set view %s,%s\nset border 4095 lw 0.5 lc rgb '#909090'\nset xyplane relative 0.05\nset pm3d depthorder border lc rgb '#303030' lw 0.3\nset ticslevel 0")
      :format(number(view[1]), number(view[2]))
   local lo, hi = data.range(false, item.z)
   if pane.zrange then s[#s + 1] = ('set zrange [%s:%s]'):format(number(pane.zrange[1]), number(pane.zrange[2])) end
   if not lo or lo == hi then s[#s + 1] = ('set zrange [%s:%s]'):format(number((lo or 0) - 1), number((hi or 0) + 1)) end
end

local function add_pane(out, pane)
   pane.axes = layout.axes(pane)
   local s, plots = settings_of(pane), {inline = {}}
   if pane.space then space_settings(pane, s) end
   if pane.raw then s[#s + 1] = pane.raw end
   for _, item in ipairs(pane.items) do
      if item.kind == 'contour' or item.kind == 'surface' or not torch.isTensor(item.x) or has_points{item.x, item.y or item.hi} then
         draw[item.kind](out, item, plots, pane, s)
      end
   end
   local empty = #plots == 0
   if empty then plots[1] = pane.space and '0/0 notitle' or '0/0 notitle' end
   out[#out + 1] = table.concat(s, '\n') .. '\n'
   out[#out + 1] = (pane.space and 'splot ' or 'plot ') .. table.concat(plots, ', \\\n   ') .. '\n'
   out[#out + 1] = table.concat(plots.inline)
   if #plots.inline > 0 then out[#out + 1] = '\n' end
   out[#out + 1] = 'reset\n'
   pane.axes = nil
end

--- The size of a figure, {width, height} in points.
function M.size(figure)
   if figure.size then return figure.size[1], figure.size[2] end
   if #figure.panes == 1 then return 700, 450 end
   return math.min(1600, figure.columns * 480), math.min(1600, figure.rows * 360) + (figure.heading and 30 or 0)
end

-- Terminals of gnuplot by the ending of a file, the better one first.
local terminals = {
   png = {"pngcairo size %d,%d font 'sans,10' background rgb '#FFFFFF' noenhanced", "png size %d,%d noenhanced"},
   svg = {"svg size %d,%d font 'sans,12' background rgb '#FFFFFF' noenhanced"},
   pdf = {"pdfcairo size %.3fin,%.3fin font 'sans,10' noenhanced"},
   eps = {"epscairo size %.3fin,%.3fin font 'sans,10' noenhanced", "postscript eps color size %.3fin,%.3fin noenhanced"},
}

--- Endings of files that can be written.
M.endings = terminals

local function set_terminal(ending, w, h)
   local best, other = terminals[ending][1], terminals[ending][2] or terminals[ending][1]
   if best:find('in,') then w, h = w / 96, h / 96 end
   return ("if (strstrt(GPVAL_TERMINALS, '%s')) { set terminal %s } else { set terminal %s }\n"):format(best:match('%S+'), best:format(w, h), other:format(w, h))
end

--- What gnuplot reads for a figure, without terminal and output.
function M.body(figure)
   local out = {blocks = 0}
   local several = #figure.panes > 1 or figure.heading
   if several then
      out[1] = ('set multiplot layout %d,%d%s\n'):format(figure.rows, figure.columns,
         figure.heading and ' title ' .. quoted(figure.heading) .. " font ',14' noenhanced" or '')
   end
   for _, pane in ipairs(figure.panes) do add_pane(out, pane) end
   if several then out[#out + 1] = 'unset multiplot\n' end
   return table.concat(out)
end

--- What gnuplot reads to draw a figure into a file of the kind `ending`.
function M.file(figure, ending, path)
   local w, h = M.size(figure)
   return set_terminal(ending, w, h) .. 'set output ' .. quoted(path) .. '\n' .. M.body(figure) .. 'unset output\n'
end

return M
