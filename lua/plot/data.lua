--- Numbers to draw, from tensors of any type and Lua tables: vectors and matrices of doubles, their ranges, and fewer points
-- where there are more than a picture shows.
local wrong = require('torch.arguments').error

local M = {}

--- Numbers beyond count as infinite: differences between them would be.
M.LARGEST = 1e300

--- Can v be drawn?
function M.finite(v) return v - v == 0 and v <= 1e300 and v >= -1e300 end
local finite = M.finite

-- ---- from what users give ----

local function table_to_tensor(name, at, arg, t)
   if #t == 0 then return torch.DoubleTensor() end
   if type(t[1]) == 'table' then
      for i, row in ipairs(t) do
         if type(row) ~= 'table' or #row ~= #t[1] then wrong(name, at, arg, 'rows of one length expected, row %d is another', i) end
      end
   end
   local flat, columns = {}, type(t[1]) == 'table' and #t[1]
   for _, row in ipairs(columns and t or {t}) do
      for _, v in ipairs(row) do
         if type(v) ~= 'number' then wrong(name, at, arg, 'table of numbers expected, it holds a %s', torch.type(v)) end
         flat[#flat + 1] = v
      end
   end
   local x = torch.DoubleTensor(#flat)
   for i, v in ipairs(flat) do x[i] = v end
   return columns and #flat > 0 and x:view(#t, columns) or x
end

--- Is v a list, as opposed to options by name?
function M.is_list(v) return type(v) == 'table' and not torch.typename(v) and (v[1] ~= nil or next(v) == nil) end

--- Can v be data at all: a tensor, a storage, or a list?
function M.is_data(v) return torch.isTensor(v) or torch.isStorage(v) or M.is_list(v) end

--- A contiguous DoubleTensor of what was given as argument number `at`.
function M.tensor(name, at, arg, v)
   if torch.isStorage(v) then v = v:totable() end
   if torch.isTensor(v) then return v:double():contiguous() end
   if M.is_list(v) then return table_to_tensor(name, at, arg, v) end
   wrong(name, at, arg, 'tensor or table of numbers expected, got %s', torch.type(v))
end

--- The same as a vector; n x 1 and 1 x n will do.
function M.vector(name, at, arg, v)
   local x = M.tensor(name, at, arg, v)
   if x:nElement() == 0 then return torch.DoubleTensor() end
   local long = 0
   for d = 1, x:dim() do long = long + (x:size(d) > 1 and 1 or 0) end
   if long > 1 then wrong(name, at, arg, 'vector expected, got %s', table.concat(x:size():totable(), ' x ')) end
   return x:view(-1)
end

--- The same as a matrix.
function M.matrix(name, at, arg, v)
   local x = M.tensor(name, at, arg, v)
   while x:dim() > 2 and x:size(1) == 1 do x = x[1] end
   if x:nElement() == 0 then return torch.DoubleTensor() end
   if x:dim() ~= 2 then wrong(name, at, arg, 'matrix expected, got a tensor of %d dimensions', x:dim()) end
   return x
end

--- Curves of y: one of a vector, one a column of a matrix, or those of a list of vectors.
function M.curves(name, at, arg, v)
   local list = {}
   if M.is_list(v) and M.is_data(v[1]) then
      for i, one in ipairs(v) do list[i] = M.vector(name, at, arg, one) end
      return list
   end
   local x = M.tensor(name, at, arg, v)
   if x:dim() < 2 or x:size(1) == 1 or x:size(2) == 1 then return {M.vector(name, at, arg, x)} end
   x = M.matrix(name, at, arg, x)
   for k = 1, x:size(2) do list[k] = x:select(2, k):contiguous() end
   return list
end

--- 1, 2, ... n
function M.numbers(n) return n > 0 and torch.range(1, n):double() or torch.DoubleTensor() end

--- Length of a vector.
function M.count(x) return x:nElement() end

-- ---- ranges ----

--- Smallest and largest finite element of the tensors, above 0 only where `positive`; nil where there is none.
function M.range(positive, ...)
   local lo, hi = math.huge, -math.huge
   for i = 1, select('#', ...) do
      local x = select(i, ...)
      local p, n = x:nElement() > 0 and torch.data(x), x:nElement()
      for k = 0, n - 1 do
         local v = p[k]
         if finite(v) and not (positive and v <= 0) then
            if v < lo then lo = v end
            if v > hi then hi = v end
         end
      end
   end
   if lo <= hi then return lo, hi end
end

-- ---- fewer points ----

local COLUMNS = 1600 -- of a picture, about
local MANY = 4 * COLUMNS
local MOST = 20 * COLUMNS

local function scale(x)
   local lo, hi = M.range(false, x)
   return lo or 0, lo and hi > lo and COLUMNS / (hi - lo) or 0
end

-- Of each run of points in one column the first, the lowest, the highest and the last, in their order.
local function runs(x, y, n)
   local keep, from, per = {}, scale(x)
   x, y = torch.data(x), torch.data(y)
   local first, low, high, last, column
   local function flush()
      if not first then return end
      local a, b = math.min(low, high), math.max(low, high)
      keep[#keep + 1] = first
      if a > first then keep[#keep + 1] = a end
      if b > a then keep[#keep + 1] = b end
      if last > b then keep[#keep + 1] = last end
      first = nil
   end
   local hole = false
   for i = 0, n - 1 do
      if finite(x[i]) and finite(y[i]) then
         local c = math.floor((x[i] - from) * per)
         if not first or c ~= column then
            flush()
            first, low, high, column = i, i, i, c
         end
         if y[i] < y[low] then low = i end
         if y[i] > y[high] then high = i end
         last, hole = i, false
      elseif not hole then
         flush()
         keep[#keep + 1], hole = i, true -- one hole stands for many
      end
   end
   flush()
   return keep
end

-- One point for each place of a fine grid.
local function places(x, y, n)
   local keep, seen = {}, {}
   local x0, px = scale(x)
   local y0, py = scale(y)
   x, y = torch.data(x), torch.data(y)
   for i = 0, n - 1 do
      if finite(x[i]) and finite(y[i]) then
         local place = math.floor((x[i] - x0) * px / 5) * COLUMNS + math.floor((y[i] - y0) * py / 8)
         if not seen[place] then
            seen[place] = true
            keep[#keep + 1] = i
         end
      end
   end
   return keep
end

local function pick(list, keep)
   local r = {}
   for k, x in ipairs(list) do
      r[k] = torch.DoubleTensor(#keep)
      local from, to = torch.data(x), #keep > 0 and torch.data(r[k])
      for i, at in ipairs(keep) do to[i - 1] = from[at] end
   end
   return r
end

--- The vectors {x, y, others...} with fewer elements where there are many, so that the picture stays what it is: points that
-- hide each other go, and of a line those within a column of the picture but for its ends and extremes.
function M.thinned(list, joined)
   local n = M.count(list[1])
   if n <= MANY then return list end
   local keep = (joined and runs or places)(list[1], list[2], n)
   if joined and #keep > MOST then -- x goes to and fro: the picture is a blot, whichever points are left
      local step, some = #keep / MOST, {}
      for i = 1, MOST do some[i] = keep[math.floor((i - 1) * step) + 1] end
      keep = some
   end
   return pick(list, keep)
end

-- ---- histograms ----

local function finite_sorted(x)
   local list, p = {}, x:nElement() > 0 and torch.data(x)
   for i = 0, x:nElement() - 1 do if finite(p[i]) then list[#list + 1] = p[i] end end
   if #list == 0 then return torch.DoubleTensor() end
   local t = torch.DoubleTensor(#list)
   for i, v in ipairs(list) do t[i] = v end
   return (t:sort())
end

--- How many intervals a histogram of x between lo and hi should have: Freedman and Diaconis' rule, within 10 to 100; at most
-- one a number where all are whole.
function M.bins(x, lo, hi)
   local s = finite_sorted(x)
   local n = M.count(s)
   if n < 2 or hi <= lo then return 1 end
   local iqr = s[math.ceil(n * .75)] - s[math.ceil(n * .25)]
   local width = 2 * iqr / n ^ (1 / 3)
   local bins = width > 0 and math.ceil((hi - lo) / width) or 30
   bins = math.max(10, math.min(100, bins))
   if hi - lo < bins and torch.floor(s):equal(s) then bins = hi - lo + 1 end
   return bins
end

--- How many elements of x lie in each of `bins` equal intervals from lo to hi, both ends included.
function M.histogram(x, bins, lo, hi)
   local counts = torch.DoubleTensor(bins):zero()
   local p, c, n = x:nElement() > 0 and torch.data(x), torch.data(counts), x:nElement()
   for i = 0, n - 1 do
      local v = p[i]
      if v >= lo and v <= hi then
         local k = math.min(bins - 1, math.floor((v - lo) / (hi - lo) * bins))
         c[k] = c[k] + 1
      end
   end
   return counts
end

-- ---- matrices over axes ----

-- For each of n places evenly from v[1] to v's last: the element before it, counted from 0, and the share of the way to the next.
local function between_ticks(v, n)
   local m, before, way, k = M.count(v), {}, {}, 1
   for i = 1, n do
      local at = v[1] + (v[m] - v[1]) * (i - .5) / n
      while k < m - 1 and (v[k + 1] - at) * (v[m] - v[1]) < 0 do k = k + 1 end
      before[i], way[i] = k - 1, m > 1 and (at - v[k]) / (v[k + 1] - v[k]) or 0
   end
   return before, way
end

--- The matrix z over x (columns) and y (rows) at h x w places that lie evenly, by bilinear interpolation, and h and w.
function M.resampled(z, x, y, h, w)
   local rows, columns = z:size(1), z:size(2)
   local r = torch.DoubleTensor(h, w)
   local from, to = torch.data(z), torch.data(r)
   local i0, fi = between_ticks(y, h)
   local j0, fj = between_ticks(x, w)
   for i = 1, h do
      local a, b = i0[i] * columns, math.min(i0[i] + 1, rows - 1) * columns
      for j = 1, w do
         local c, d = j0[j], math.min(j0[j] + 1, columns - 1)
         local top = from[a + c] + fj[j] * (from[a + d] - from[a + c])
         to[(i - 1) * w + j - 1] = top + fi[i] * (from[b + c] + fj[j] * (from[b + d] - from[b + c]) - top)
      end
   end
   return r, h, w
end


-- Where between a and b the level lies.
local function between(level, a, b) return a == b and .5 or (level - a) / (b - a) end

--- The pieces of the lines on which the matrix z, over the vectors x (columns) and y (rows), has the value `level`: a list of
-- x1, y1, x2, y2.
function M.level_lines(z, x, y, level)
   local r, rows, columns = {}, z:size(1), z:size(2)
   local p = torch.data(z)
   local points = {}
   local function cross(a, b, ax, ay, bx, by)
      if (a >= level) == (b >= level) then return end
      local f = between(level, a, b)
      points[#points + 1] = {ax + f * (bx - ax), ay + f * (by - ay)}
   end
   for i = 1, rows - 1 do
      for j = 1, columns - 1 do
         local at = (i - 1) * columns + j - 1
         local a, b, c, d = p[at], p[at + 1], p[at + columns + 1], p[at + columns]
         if finite(a + b + c + d) then
            points = {}
            cross(a, b, x[j], y[i], x[j + 1], y[i])
            cross(b, c, x[j + 1], y[i], x[j + 1], y[i + 1])
            cross(c, d, x[j + 1], y[i + 1], x[j], y[i + 1])
            cross(d, a, x[j], y[i + 1], x[j], y[i])
            if #points == 4 and (a >= level) ~= ((a + b + c + d) / 4 >= level) then -- a saddle: which corners are joined
               points[1], points[3] = points[3], points[1]
            end
            for k = 1, #points - 1, 2 do
               local n = #r
               r[n + 1], r[n + 2], r[n + 3], r[n + 4] = points[k][1], points[k][2], points[k + 1][1], points[k + 1][2]
            end
         end
      end
   end
   return r
end

return M
