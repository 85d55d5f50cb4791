--- optim.polyinterp(points [, xmin, xmax]) -> position, value: the minimum of the polynomial through points with their values
-- and slopes.
--
-- points: rows {x, f, f'} of a tensor or table. n points give a polynomial of degree 2n - 1; its
-- minimum is sought in [xmin, xmax], by default the range of the points. For two points without
-- bounds the closed form for cubics is used (Nocedal and Wright, 3.59), and only the position returned.
--
-- > optim.polyinterp{{0, 0, -1}, {1, 0, 1}}
-- 0.5
local numbers = require 'optim.numbers'

local function rows(points)
   if type(points) == 'table' then return points end
   local list = {}
   for i = 1, points:size(1) do list[i] = {points[{i, 1}], points[{i, 2}], points[{i, 3}]} end
   return list
end

local function cubic_minimum(a, b)
   if b[1] < a[1] then a, b = b, a end
   local d1 = a[3] + b[3] - 3 * (a[2] - b[2]) / (a[1] - b[1])
   local discriminant = d1 * d1 - a[3] * b[3]
   if discriminant ~= discriminant or discriminant < 0 then return (a[1] + b[1]) / 2 end
   local d2 = math.sqrt(discriminant)
   local x = b[1] - (b[1] - a[1]) * ((b[3] + d2 - d1) / (b[3] - a[3] + 2 * d2))
   if x ~= x then return (a[1] + b[1]) / 2 end
   return numbers.min(numbers.max(x, a[1]), b[1])
end

-- Coefficients, lowest first, of the polynomial in x - origin (Hermite, by divided differences on
-- doubled points). Nil when points coincide.
local function hermite(points, origin)
   local z, column, n = {}, {}, 2 * #points
   for i, p in ipairs(points) do
      z[2 * i - 1], z[2 * i] = p[1] - origin, p[1] - origin
      column[2 * i - 1], column[2 * i] = p[2], p[2]
   end
   local newton = {column[1]}
   for order = 1, n - 1 do
      for i = 1, n - order do
         local gap = z[i + order] - z[i]
         if order == 1 and i % 2 == 1 then
            column[i] = points[(i + 1) / 2][3]
         elseif gap == 0 then
            return nil
         else
            column[i] = (column[i + 1] - column[i]) / gap
         end
      end
      newton[order + 1] = column[1]
   end
   -- Newton's form multiplied out, from the innermost bracket
   local c = {newton[n]}
   for k = n - 1, 1, -1 do
      c[#c + 1] = 0
      for i = #c, 2, -1 do c[i] = c[i - 1] - z[k] * c[i] end
      c[1] = newton[k] - z[k] * c[1]
   end
   return c
end

local function value(c, x)
   local v = 0
   for i = #c, 1, -1 do v = v * x + c[i] end
   return v
end

-- Real roots in [low, high], in order: between two neighbouring roots of its derivative a polynomial
-- is monotonic, so there bisection finds its one root, if any.
local function roots(c, low, high)
   if #c < 2 then return {} end
   local slope = {}
   for i = 2, #c do slope[i - 1] = (i - 1) * c[i] end
   local edges = roots(slope, low, high)
   table.insert(edges, 1, low)
   edges[#edges + 1] = high
   local found = {}
   for i = 1, #edges - 1 do
      local a, b = edges[i], edges[i + 1]
      local fa, fb = value(c, a), value(c, b)
      if fa == 0 then
         found[#found + 1] = a
      elseif fa * fb < 0 then
         for _ = 1, 200 do
            local middle = (a + b) / 2
            if middle <= a or middle >= b then break end
            local fm = value(c, middle)
            if fm * fa > 0 then a = middle else b = middle end
         end
         found[#found + 1] = (a + b) / 2
      end
   end
   if value(c, high) == 0 then found[#found + 1] = high end
   return found
end

local function polyinterp(points, xmin, xmax)
   points = rows(points)
   if #points == 2 and not xmin and not xmax then return cubic_minimum(points[1], points[2]) end

   local low, high = xmin or math.huge, xmax or -math.huge
   for _, p in ipairs(points) do
      if not xmin then low = numbers.min(low, p[1]) end
      if not xmax then high = numbers.max(high, p[1]) end
   end
   local origin = points[1][1]
   local c = hermite(points, origin)
   local best, fbest = (low + high) / 2, math.huge  -- bisection, when nothing below is a number
   if not c then return best, fbest end

   local candidates = {low, high}
   for _, p in ipairs(points) do candidates[#candidates + 1] = p[1] end
   local slope = {}
   for i = 2, #c do slope[i - 1] = (i - 1) * c[i] end
   for _, r in ipairs(roots(slope, low - origin, high - origin)) do candidates[#candidates + 1] = r + origin end
   for _, x in ipairs(candidates) do
      local f = value(c, x - origin)
      if x >= low and x <= high and f < fbest then best, fbest = x, f end
   end
   return best, fbest
end

return polyinterp
