--- Where things of a plot lie: the ranges of its axes, its legend, the levels of its colours.
local data, axis = require 'plot.data', require 'plot.axis'

local M = {}

-- Values of one axis that an item covers: tensors and numbers; by kind.
local function of_x(item)
   if item.kind == 'boxes' then return {item.x - item.boxes / 2, item.x + item.boxes / 2} end
   if item.kind == 'text' then return {torch.DoubleTensor{item.tx}} end
   if item.kind == 'vline' then return {torch.DoubleTensor{item.at}} end
   if item.kind == 'hline' then return {} end
   return {torch.isTensor(item.x) and item.x or torch.DoubleTensor(item.x)}
end

local function of_y(item)
   if item.kind == 'boxes' or item.kind == 'band' or item.kind == 'errors' then return {item.lo, item.hi} end
   if item.kind == 'lines' and item.fill then return {item.y, torch.DoubleTensor{0}} end
   if item.kind == 'text' then return {torch.DoubleTensor{item.ty}} end
   if item.kind == 'hline' then return {torch.DoubleTensor{item.at}} end
   if item.kind == 'vline' then return {} end
   return {torch.isTensor(item.y) and item.y or torch.DoubleTensor(item.y)}
end

-- How much room is left beside what is drawn, as a share of the range.
local function pads(items)
   local x, y, base = 0, 0.05, nil
   for _, item in ipairs(items) do
      if item.kind == 'image' or item.kind == 'contour' then return 0, 0 end
      if item.kind == 'points' or item.kind == 'errors' then x = math.max(x, .03) end
      if item.kind == 'boxes' then x, base = math.max(x, .01), true end
   end
   return x, y, base
end

local function extent(items, covers, log)
   local lo, hi
   for _, item in ipairs(items) do
      local a, b = data.range(log, unpack(covers(item)))
      if a then lo, hi = math.min(lo or a, a), math.max(hi or b, b) end
   end
   return lo, hi
end

local function range(items, covers, log, pad, base)
   local lo, hi = extent(items, covers, log)
   local from, to = axis.widen(lo, hi, pad, log)
   if base and not log and lo then -- bars stand on the axis
      if lo == 0 and hi > 0 then from = 0 end
      if hi == 0 and lo < 0 then to = 0 end
   end
   return from, to
end

local function chosen(given, lo, hi, log)
   if not given or log and given[1] <= 0 then return {lo = lo, hi = hi, log = log} end
   return {lo = given[1], hi = given[2], log = log}
end

local function on(items, side)
   local list = {}
   for _, item in ipairs(items) do if (item.axis or 'left') == side then list[#list + 1] = item end end
   return list
end

--- The axes of a pane: x, y, and y2 where something is drawn by the axis on the right; each {lo=, hi=, log=}.
function M.axes(pane)
   local xpad, ypad, base = pads(pane.items)
   local r, left, right = {}, on(pane.items, 'left'), on(pane.items, 'right')
   local xlo, xhi = range(pane.items, of_x, pane.xlog, xpad)
   r.x = chosen(pane.xrange, xlo, xhi, pane.xlog)
   local ylo, yhi = range(#left > 0 and left or right, of_y, pane.ylog, ypad, base)
   r.y = chosen(pane.yrange, ylo, yhi, pane.ylog)
   if #right > 0 then
      local lo, hi = range(right, of_y, pane.y2log, ypad)
      r.y2 = chosen(pane.y2range, lo, hi, pane.y2log)
   end
   return r
end

--- The range of the colours of an item: that of zrange, else of its numbers.
function M.colours(pane, item)
   if pane.zrange then return pane.zrange[1], pane.zrange[2] end
   if item.limits then return item.limits[1], item.limits[2] end
   local lo, hi = data.range(false, item.z or item.values)
   if item.map == 'diverging' and lo then
      local most = math.max(math.abs(lo), math.abs(hi))
      lo, hi = -most, most
   end
   return axis.widen(lo, hi, 0)
end

--- Items that the legend names, in order.
function M.named(pane)
   local list = {}
   if pane.legend == false then return list end
   for _, item in ipairs(pane.items) do if item.label then list[#list + 1] = item end end
   return list
end

-- Share of the range, 0 to 1, at which v lies.
local function share(a, v)
   if a.log then return v > 0 and math.log(v / a.lo) / math.log(a.hi / a.lo) or -1 end
   return (v - a.lo) / (a.hi - a.lo)
end
M.share = share

--- The corner in which the fewest points lie, as gnuplot names it.
function M.free_corner(pane, axes)
   local counts = {['top right'] = 0, ['top left'] = 0.5, ['bottom right'] = 0.7, ['bottom left'] = 0.9}
   for _, item in ipairs(pane.items) do
      local y = item.y or item.hi
      if torch.isTensor(item.x) and torch.isTensor(y) and item.kind ~= 'contour' then
         local n = data.count(item.x)
         local weight = 100 / math.max(1, n)
         for i = 1, n, math.max(1, math.floor(n / 200)) do
            local sx, sy = share(axes.x, item.x[i]), share(item.axis == 'right' and axes.y2 or axes.y, y[i])
            local corner = (sy > .6 and 'top' or sy < .4 and 'bottom' or '') .. ' ' .. (sx > .6 and 'right' or sx < .4 and 'left' or '')
            if counts[corner] then counts[corner] = counts[corner] + weight end
            if item.kind == 'boxes' and sy > .4 then -- what is below is covered, too
               corner = 'bottom ' .. (sx > .6 and 'right' or sx < .4 and 'left' or '')
               if counts[corner] then counts[corner] = counts[corner] + weight end
            end
         end
      end
   end
   local best
   for corner, n in pairs(counts) do if not best or n < counts[best] then best = corner end end
   return best
end

return M
