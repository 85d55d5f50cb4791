-- How tensors and storages read: tostring(x). The output is byte for byte that of the original, since
-- people compare logs. Loaded when something is printed for the first time.
local C = require 'libtorch'
local read = require('torch.element').read.Double
local torch = torch
local format, concat, floor, abs, log10 = string.format, table.concat, math.floor, math.abs, math.log10

local LINE = 80 -- characters a line may have

-- Smallest and largest |get(i)| for i from 0, whether all are whole, and whether one is NaN, which has no say in the rest.
local function extent(get, n)
   local min, max, whole, nan = math.huge, 0, true, false
   for i = 0, n - 1 do
      local a = abs(get(i))
      if a ~= a then
         nan = true
      else
         if a < min then min = a end
         if a > max then max = a end
         if a ~= floor(a) then whole = false end
      end
   end
   return math.min(min, max), max, whole, nan
end

local function digits(a) return a == 0 and 1 or floor(log10(a)) + 1 end

-- {cell = format of an element, width = its width, scale = common factor} for n numbers. aligned: in
-- columns also where one is NaN.
local function style_of(get, n, aligned)
   local min, max, whole, nan = extent(get, n)
   if nan and not aligned then return {cell = '%f', width = 0, scale = 1} end -- as wide as it comes, one block
   local low, high = digits(min), digits(max)
   if whole then
      if high > 9 then return {cell = '%11.4e', width = 11, scale = 1} end
      local width = nan and math.max(high + 1, 4) or high + 1
      return {cell = '%' .. width .. (nan and '.0f' or 'd'), width = width, scale = 1}
   end
   if high - low > 4 then
      local width = (abs(high) > 99 or abs(low) > 99) and 12 or 11
      return {cell = '%' .. width .. '.4e', width = width, scale = 1}
   end
   if high > 5 or high < 0 then return {cell = '%7.4f', width = 7, scale = 10 ^ (high - 1)} end
   local width = high == 0 and 7 or high + 6
   return {cell = '%' .. width .. '.4f', width = width, scale = 1}
end

local function scale_line(style) return format('%g', style.scale) .. ' *\n' end

-- n numbers, one a line; in pieces, for a string of each would take many times the room of the text.
local PIECE = 4096
local function put_column(out, get, n, aligned)
   local style = style_of(get, n, aligned)
   local cell, scale = style.cell .. '\n', style.scale
   if scale ~= 1 then out[#out + 1] = scale_line(style) end
   local cells = {}
   for first = 0, n - 1, PIECE do
      local count = math.min(PIECE, n - first)
      for i = 1, count do cells[i] = format(cell, get(first + i - 1) / scale) end
      out[#out + 1] = concat(cells, '', 1, count)
   end
end

-- A matrix of rows x columns doubles, in blocks of as many columns as a line holds.
local function put_matrix(out, p, rows, columns, style, indent)
   local cell, scale = style.cell, style.scale
   local per_block = style.width == 0 and columns or floor((LINE - #indent) / (style.width + 1))
   local split = per_block < columns
   local margin = scale ~= 1 and indent .. ' ' or indent
   local cells = {}
   for first = 0, columns - 1, per_block do
      local n = math.min(per_block, columns - first)
      if split then
         -- the original indents the title of the first block only
         out[#out + 1] = format('%sColumns %d to %d\n', first == 0 and indent or '\n', first + 1, first + n)
      end
      if scale ~= 1 then out[#out + 1] = indent .. scale_line(style) end
      for r = 0, rows - 1 do
         local row = p + r * columns + first
         for c = 0, n - 1 do cells[c + 1] = format(cell, read(row, c) / scale) end
         out[#out + 1] = margin
         out[#out + 1] = concat(cells, ' ', 1, n)
         out[#out + 1] = '\n'
      end
   end
end

-- Every matrix of the last two dimensions, under its index in the leading ones; the first of these
-- runs fastest. `size` and `stride` are those of the contiguous doubles at p.
local function put_slices(out, p, size, stride, style)
   local lead = #size - 2
   local at, count = {}, 1
   for d = 1, lead do
      at[d] = 1
      count = count * size[d]
   end
   for k = 1, count do
      local offset = 0
      for d = 1, lead do offset = offset + (at[d] - 1) * stride[d] end
      if k > 1 then out[#out + 1] = '\n' end
      out[#out + 1] = '(' .. concat(at, ',') .. ',.,.) = \n'
      put_matrix(out, p + offset, size[lead + 1], size[lead + 2], style, ' ')
      local d = 1
      while d <= lead and at[d] == size[d] do
         at[d] = 1
         d = d + 1
      end
      if d <= lead then at[d] = at[d] + 1 end
   end
end

local M = {}

--- Text of a tensor, of any type and device that can be made a DoubleTensor. aligned: see style_of.
function M.tensor(x, aligned)
   local name, n = torch.typename(x), x:dim()
   if n == 0 then return '[' .. name .. ' with no dimension]\n' end
   if C.recorded(x) ~= 0 then x = C.alias(x) end
   local copy = x:double():contiguous()
   local p, size, out = copy:data(), {}, {}
   local function get(i) return read(p, i) end
   for d = 1, n do size[d] = copy:size(d) end
   if n == 1 then
      put_column(out, get, size[1], aligned)
   else
      local style = style_of(get, copy:nElement(), aligned)
      if n == 2 then
         put_matrix(out, p, size[1], size[2], style, '')
      else
         put_slices(out, p, size, copy:stride():totable(), style)
      end
   end
   out[#out + 1] = format('[%s of size %s]\n', name, concat(size, 'x'))
   return concat(out)
end

--- Text of a storage.
function M.storage(s)
   local n, out = s:size(), {}
   put_column(out, function(i) return s[i + 1] end, n)
   out[#out + 1] = format('[%s of size %d]\n', torch.typename(s), n)
   return concat(out)
end

return M
