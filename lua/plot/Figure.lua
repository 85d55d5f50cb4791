--- plot.Figure([options]): plots, one or several beside each other, as numbers, labels and colours; see plot.figure.
--
-- What draws them reads this: plot.script for the program gnuplot, plot.text for the terminal.
--
-- The functions of the package make a figure with one plot; methods of the same names add to it, and return the figure:
--
--    fig = plot.lines(x, y, {label = 'measured', title = 'Cooling'})
--    fig:lines(x, model, {label = 'model', style = '--'})
--    fig:save('cooling.svg')
local data, options, colours = require 'plot.data', require 'plot.options', require 'plot.colours'
local axis = require 'plot.axis'
local wrong, where = require('torch.arguments').error, require('libtorch').where

local Figure = torch.class('plot.Figure')

local function new_pane() return {items = {}, curves = 0} end

function Figure:__init(given)
   local _, axes, figure = options.read('plot.figure', 1, 'figure', given)
   self.rows, self.columns, self.panes = 1, 1, {}
   self.current = 1
   self:_apply(axes, figure)
end

-- Places and texts of ticks: texts at 1, 2, 3...; numbers where they are; {place, text} as it is.
local function ticks_of(given)
   local list = {}
   for i, v in ipairs(given) do
      list[i] = type(v) == 'table' and {tonumber(v[1]) or i, tostring(v[2])} or {type(v) == 'number' and v or i, tostring(v)}
   end
   return list
end

function Figure:_apply(axes, figure)
   for k, v in pairs(figure) do self[k] = v end
   for i = 1, self.rows * self.columns do self.panes[i] = self.panes[i] or new_pane() end
   local pane = self.panes[self.current]
   for k, v in pairs(axes) do pane[k] = (k == 'xticks' or k == 'yticks') and ticks_of(v) or v end
end

--- figure:pane(k) -> figure: what follows is drawn into plot k, counted along the rows of a figure{rows=, columns=}.
function Figure:pane(k)
   if type(k) ~= 'number' or not self.panes[k] then
      wrong('plot.Figure:pane', 1, 'k', 'number from 1 to %d expected, got %s', #self.panes, tostring(k))
   end
   self.current = k
   return self
end

--- figure:set(options) -> figure: changes settings of the current plot: title, xlabel, ylabel, xrange, yrange, xlog, ylog, grid, legend...
function Figure:set(given)
   local _, axes, figure = options.read('plot.Figure:set', 1, 'set', given)
   self:_apply(axes, figure)
   return self
end

-- ---- arguments ----

-- The data in front of the options: a list of at most `most` values, and the options with their place.
local function split(name, least, most, ...)
   local values, n = {...}, select('#', ...)
   local list, at = {}, 1
   while at <= n and #list < most and data.is_data(values[at]) and not (at > least and type(values[at]) == 'table'
      and not torch.typename(values[at]) and next(values[at]) == nil) do
      list[#list + 1], at = values[at], at + 1
   end
   if #list < least then wrong(name, at, at == 1 and 'x' or 'y', 'tensor or table of numbers expected, got %s', torch.type(values[at])) end
   if at < n then wrong(name, at + 1, '?', 'no further argument expected') end
   return list, values[at], at
end

local function begin(self, kind, given, at)
   local own, axes, figure = options.read('plot.' .. kind, at, kind, given)
   self:_apply(axes, figure)
   return own, self.panes[self.current]
end

local function add(pane, item)
   if item.color == nil and item.kind ~= 'image' and item.kind ~= 'surface' and item.kind ~= 'contour' then
      pane.curves = pane.curves + 1
      item.color = colours.curve(pane.curves)
   end
   pane.items[#pane.items + 1] = item
   return item
end

local function same_length(name, at, arg, v, n)
   if data.count(v) ~= n then wrong(name, at, arg, '%d numbers expected, got %d', n, data.count(v)) end
   return v
end

-- x and the list of curves, of [x,] y.
local function x_and_curves(name, list)
   local curves = data.curves(name, #list, 'y', list[#list])
   if not list[2] then return data.numbers(curves[1] and data.count(curves[1]) or 0), curves end
   local x = data.vector(name, 1, 'x', list[1])
   for _, y in ipairs(curves) do same_length(name, 2, 'y', y, data.count(x)) end
   return x, curves
end

-- Lower and upper ends of error bars: one number for all, a vector, or {below, above}.
local function ends(name, at, e, y)
   local n = data.count(y)
   local function side(v) return type(v) == 'number' and torch.DoubleTensor(n):fill(v) or same_length(name, at, 'error', data.vector(name, at, 'error', v), n) end
   local below, above
   if data.is_list(e) and data.is_data(e[1]) then below, above = side(e[1]), side(e[2]) else below = side(e) end
   above = above or below
   return y - below, y + above
end

local function add_errors(pane, name, at, item, x, y, e)
   if not e then return end
   local lo, hi = ends(name, at, e, y)
   add(pane, {kind = 'errors', x = x, y = y, lo = lo, hi = hi, color = item.color, axis = item.axis})
end

local function curve_options(own, k, several)
   local item = {}
   for name, v in pairs(own) do item[name] = v end
   item.label = own.labels and own.labels[k] or (not several and own.label) or (own.label and k == 1 and own.label) or nil
   if several and k > 1 then item.color = nil end
   item.labels, item.error = nil, nil
   return item
end

-- ---- what is drawn ----

--- figure:lines([x,] y [, options]) -> figure: draws into this figure what plot.lines draws.
function Figure:lines(...)
   local list, given, at = split('plot.lines', 1, 2, ...)
   local own, pane = begin(self, 'lines', given, at)
   local x, curves = x_and_curves('plot.lines', list)
   for k, y in ipairs(curves) do
      local item = curve_options(own, k, #curves > 1)
      item.kind, item.x, item.y = 'lines', x, y
      add(pane, item)
      add_errors(pane, 'plot.lines', at, item, x, y, own.error)
   end
   return self
end

--- figure:scatter([x,] y [, options]) -> figure: draws into this figure what plot.scatter draws.
function Figure:scatter(...)
   local list, given, at = split('plot.scatter', 1, 2, ...)
   if #list == 1 and torch.isTensor(list[1]) and list[1]:dim() == 2 and list[1]:size(2) == 2 then -- points as rows
      local points = list[1]
      list = {points:select(2, 1), points:select(2, 2)}
   end
   local own, pane = begin(self, 'scatter', given, at)
   local x, curves = x_and_curves('plot.scatter', list)
   for k, y in ipairs(curves) do
      local item = curve_options(own, k, #curves > 1)
      item.kind, item.x, item.y = 'points', x, y
      if own.values then item.values = same_length('plot.scatter', at, 'values', data.vector('plot.scatter', at, 'values', own.values), data.count(y)) end
      add(pane, item)
      add_errors(pane, 'plot.scatter', at, item, x, y, own.error)
   end
   return self
end

--- figure:band([x,] low, high [, options]) -> figure: draws into this figure what plot.band draws.
function Figure:band(...)
   local list, given, at = split('plot.band', 2, 3, ...)
   local own, pane = begin(self, 'band', given, at)
   local n = #list
   local lo = data.vector('plot.band', n - 1, 'low', list[n - 1])
   local hi = same_length('plot.band', n, 'high', data.vector('plot.band', n, 'high', list[n]), data.count(lo))
   own.x = n == 3 and same_length('plot.band', 1, 'x', data.vector('plot.band', 1, 'x', list[1]), data.count(lo)) or data.numbers(data.count(lo))
   own.kind, own.lo, own.hi = 'band', lo, hi
   add(pane, own)
   return self
end

local function is_texts(v) return type(v) == 'table' and type(v[1]) == 'string' end

--- figure:bars([x or names,] heights [, options]) -> figure: draws into this figure what plot.bars draws.
function Figure:bars(...)
   local names
   local first = ...
   local list, given, at
   if is_texts(first) then
      names = first
      list, given, at = split('plot.bars', 1, 1, select(2, ...))
      at = at + 1
   else
      list, given, at = split('plot.bars', 1, 2, ...)
   end
   local own, pane = begin(self, 'bars', given, at)
   local x, curves = x_and_curves('plot.bars', list)
   if names then
      for _, y in ipairs(curves) do same_length('plot.bars', 2, 'values', y, #names) end
      pane.xticks = ticks_of(names)
   end
   local n = data.count(x)
   local step = 1
   if list[2] and n > 1 then
      local lo, hi = data.range(false, x)
      step = lo and hi > lo and (hi - lo) / (n - 1) or 1
   end
   local width = 0.8 * step / (own.stacked and 1 or #curves)
   local base = torch.DoubleTensor(n):zero()
   for k, y in ipairs(curves) do
      local item = curve_options(own, k, #curves > 1)
      local shift = own.stacked and 0 or (k - (#curves + 1) / 2) * width
      item.kind, item.boxes, item.gap = 'boxes', width, 0.06
      item.x, item.lo, item.hi = x + shift, base, own.stacked and base + y or y
      if own.stacked then base = item.hi end
      add(pane, item)
      add_errors(pane, 'plot.bars', at, {color = '#404040'}, item.x, item.hi, own.error)
   end
   return self
end

--- figure:histogram(x [, options]) -> figure: draws into this figure what plot.histogram draws.
function Figure:histogram(...)
   local list, given, at = split('plot.histogram', 1, 1, ...)
   local own, pane = begin(self, 'histogram', given, at)
   local sets = {}
   if data.is_list(list[1]) and data.is_data(list[1][1]) then
      for i, one in ipairs(list[1]) do sets[i] = data.tensor('plot.histogram', 1, 'x', one) end
   else
      sets[1] = data.tensor('plot.histogram', 1, 'x', list[1])
   end
   for i, x in ipairs(sets) do sets[i] = x:nElement() > 0 and x:view(-1) or torch.DoubleTensor() end
   local lo, hi = data.range(false, unpack(sets))
   if own.range then lo, hi = own.range[1], own.range[2] end
   local bins = own.bins or (lo and data.bins(sets[1], lo, hi)) or 1
   if lo and not own.range and not own.bins and bins == hi - lo + 1 then lo, hi = lo - .5, hi + .5 end -- whole numbers
   lo, hi = axis.widen(lo, hi, 0)
   local width = (hi - lo) / bins
   local centres = data.numbers(bins):add(-.5):mul(width):add(lo)
   for k, x in ipairs(sets) do
      local item = curve_options(own, k, #sets > 1)
      local counts = data.histogram(x, bins, lo, hi)
      local sum = counts:sum()
      if own.density and sum > 0 then counts:div(sum * width) end
      item.kind, item.x, item.lo, item.hi, item.boxes = 'boxes', centres, torch.DoubleTensor(bins):zero(), counts, width
      item.gap, item.faint = #sets == 1 and width and 0.02 or 0, #sets > 1
      add(pane, item)
   end
   pane.ylabel = pane.ylabel or (own.density and 'density' or 'count')
   return self
end

local function is_rgb(x) return x:dim() == 3 and x:size(1) == 3 end

-- Bytes 0 to 255 of a picture: Bytes are, others count from 0 to 1.
local function picture_bytes(v)
   if torch.typename(v) == 'torch.ByteTensor' then return v:contiguous() end
   return v:double():clone():clamp(0, 1):mul(255):add(.5):floor():byte():contiguous()
end

--- figure:image(z [, options]) -> figure: draws into this figure what plot.image draws.
function Figure:image(...)
   local list, given, at = split('plot.image', 1, 1, ...)
   local own, pane = begin(self, 'image', given, at)
   local v = list[1]
   own.kind = 'image'
   local h, w
   if torch.isTensor(v) and is_rgb(v) then
      own.rgb, h, w = picture_bytes(v), v:size(2), v:size(3)
   else
      own.z = data.matrix('plot.image', 1, 'z', v)
      h, w = own.z:dim() == 2 and own.z:size(1) or 0, own.z:dim() == 2 and own.z:size(2) or 0
      if own.colorbar == nil then own.colorbar = true end
   end
   own.w, own.h, own.map = w, h, own.map or 'viridis'
   own.x = own.x or {.5, w + .5}
   own.y = own.y or {.5, h + .5}
   if pane.equal == nil and w > 0 and h > 0 and w / h < 5 and h / w < 5 then pane.equal = true end
   pane.flip = true -- the first row is on top
   add(pane, own)
   return self
end

-- z, and the places of its columns and rows.
local function field(name, list)
   if #list == 2 then wrong(name, 2, 'y', 'z, or x, y and z, expected') end
   local z = data.matrix(name, #list, 'z', list[#list])
   local rows, columns = z:dim() == 2 and z:size(1) or 0, z:dim() == 2 and z:size(2) or 0
   if #list == 1 then return z, data.numbers(columns), data.numbers(rows) end
   return z, same_length(name, 1, 'x', data.vector(name, 1, 'x', list[1]), columns),
      same_length(name, 2, 'y', data.vector(name, 2, 'y', list[2]), rows)
end

-- The values of the level lines: between the extremes, at round numbers.
local function levels_of(z, wanted)
   if type(wanted) == 'table' then return wanted end
   local lo, hi = data.range(false, z)
   local list = {}
   if not lo or lo == hi then return list end
   for _, tick in ipairs(axis.ticks(lo, hi, wanted or 10)) do
      if tick[1] > lo and tick[1] < hi then list[#list + 1] = tick[1] end
   end
   return list
end

--- figure:contour([x, y,] z [, options]) -> figure: draws into this figure what plot.contour draws.
function Figure:contour(...)
   local list, given, at = split('plot.contour', 1, 3, ...)
   local own, pane = begin(self, 'contour', given, at)
   own.kind, own.map = 'contour', own.map or 'viridis'
   own.z, own.x, own.y = field('plot.contour', list)
   own.levels = levels_of(own.z, own.levels)
   own.lines = {}
   for i, level in ipairs(own.levels) do own.lines[i] = data.level_lines(own.z, own.x, own.y, level) end
   if own.colorbar == nil then own.colorbar = true end
   add(pane, own)
   return self
end

--- figure:surface([x, y,] z [, options]) -> figure: draws into this figure what plot.surface draws.
function Figure:surface(...)
   local list, given, at = split('plot.surface', 1, 3, ...)
   local own, pane = begin(self, 'surface', given, at)
   own.kind, own.map = 'surface', own.map or 'viridis'
   own.z, own.x, own.y = field('plot.surface', list)
   if #pane.items > 0 then error(where() .. 'plot.surface: it needs a plot of its own: another figure, or another pane', 0) end
   add(pane, own)
   pane.space = own
   return self
end

local function rule(kind)
   return function(self, v, given)
      if type(v) ~= 'number' or not data.finite(v) then wrong('plot.Figure:' .. kind, 1, kind == 'hline' and 'y' or 'x', 'finite number expected, got %s', tostring(v)) end
      local own, pane = begin(self, kind, given, 2)
      own.kind, own.at, own.color = kind, v, own.color or '#808080'
      add(pane, own)
      return self
   end
end

local hline, vline = rule 'hline', rule 'vline'

--- figure:hline(y [, options]) -> figure: a dashed line across the plot, at height y.
function Figure:hline(y, given) return hline(self, y, given) end

--- figure:vline(x [, options]) -> figure: a dashed line from the bottom to the top, at x.
function Figure:vline(x, given) return vline(self, x, given) end

--- figure:text(x, y, words [, options]) -> figure: words at a place of the plot.
function Figure:text(x, y, words, given)
   for i, v in ipairs{x or false, y or false} do
      if type(v) ~= 'number' or not data.finite(v) then wrong('plot.Figure:text', i, i == 1 and 'x' or 'y', 'finite number expected, got %s', tostring(v)) end
   end
   local own, pane = begin(self, 'text', given, 4)
   own.kind, own.tx, own.ty, own.text, own.color = 'text', x, y, tostring(words), own.color or '#303030'
   add(pane, own)
   return self
end

--- figure:confusion(m [, options]) -> figure: draws into this figure what plot.confusion draws.
function Figure:confusion(m, given)
   local own, pane = begin(self, 'confusion', given, 2)
   local classes = own.classes
   if torch.isTypeOf(m, 'optim.ConfusionMatrix') then classes, m = classes or (m.classes and #m.classes > 0 and m.classes), m.mat end
   m = data.matrix('plot.confusion', 1, 'm', m)
   local n = m:dim() == 2 and m:size(1) or 0
   if n > 0 and m:size(2) ~= n then wrong('plot.confusion', 1, 'm', 'as many rows as columns expected, got %d x %d', n, m:size(2)) end
   local shown = m
   if n > 0 then
      local sums = m:sum(2):cmax(1):expandAs(m)
      shown = torch.cdiv(m, sums)
   end
   add(pane, {kind = 'image', z = shown, w = n, h = n, x = {.5, n + .5}, y = {.5, n + .5}, map = own.map or 'blues', numbers = own.values ~= false and n <= 25
      and (own.normalize and shown or m), percent = own.normalize, colorbar = own.colorbar or false, limits = {0, 1}})
   pane.flip, pane.equal, pane.grid = true, true, false
   pane.xlabel, pane.ylabel = pane.xlabel or 'predicted', pane.ylabel or 'actual'
   if classes and n > 0 then
      local list = {}
      for i = 1, n do list[i] = tostring(classes[i] or i) end
      pane.xticks, pane.yticks = ticks_of(list), ticks_of(list)
   elseif n > 0 and n <= 25 then
      local list = {}
      for i = 1, n do list[i] = tostring(i) end
      pane.xticks, pane.yticks = ticks_of(list), ticks_of(list)
   end
   return self
end

-- ---- out of it ----

local function show() return require 'plot.show' end

--- figure:save(file) -> figure: writes the figure into a file of the kind that its name ends in.
--
-- .png, .svg, .pdf and .eps are drawn by the program gnuplot (Debian: gnuplot-nox), .txt in letters.
function Figure:save(file)
   show().save(self, file)
   return self
end

--- figure:show() -> figure: shows it in a window where there is a display, inline in a notebook, else in the terminal.
function Figure:show()
   show().show(self)
   return self
end

--- figure:print() -> figure: draws it into the terminal, as the prompt does.
--
-- It is a picture where the terminal takes pictures (kitty's protocol or sixel) and gnuplot is there, else letters. PLOT_TERMINAL=text
-- in the environment asks for letters.
function Figure:print()
   show().print(self)
   return self
end

--- figure:string([options]) -> text: the figure in letters.
--
-- Options: width (in columns; default: the terminal's), height (rows of each plot, 18), colour (whether escape sequences colour it; default:
-- as the terminal has them), ascii (true: without Braille characters and blocks).
function Figure:string(given)
   return show().string(self, given)
end

--- At the prompt a figure shows itself.
function Figure:__tostring__() return show().string(self) end
function Figure:__show__() show().print(self) end

--- What notebooks show: a table from kinds of contents ('image/svg+xml', 'text/plain') to the figure in them.
function Figure:__mime__() return show().mime(self) end

return Figure
