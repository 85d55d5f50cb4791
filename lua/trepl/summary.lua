--- Tensors and storages as the prompt shows them: large ones by their first and last elements, and in columns
-- also where there are NaNs (print and tostring say what Torch7 says).
local M = {}

local LARGE = 1000      -- elements; up to this many all are shown
local ROWS = 8          -- at either end
local WIDTH = 80

-- Which positions of a dimension are shown: a list, and after how many of it the gap is.
local function ends(size, most)
   local list = {}
   if size <= 2 * most then
      for i = 1, size do list[i] = i end
      return list
   end
   for i = 1, most do list[i], list[most + i] = i, size - most + i end
   return list, most
end

-- x at the given ends of its dimension d, as doubles.
local function pick(x, d, list, gap)
   if not gap then return x:double() end
   return torch.cat(x:narrow(d, 1, gap):double(), x:narrow(d, list[gap + 1], #list - gap):double(), d)
end

-- The lines of a tensor that fits on the screen, without the last, which names its type and size.
local function lines_of(x)
   local lines = {}
   for line in require('torch.print').tensor(x, true):gmatch('([^\n]*)\n') do lines[#lines + 1] = line end
   lines[#lines] = nil
   return lines
end

-- Puts a line of dots after `gap` of the rows; a common factor stands above them.
local function add_rows(out, lines, rows, gap)
   for i, line in ipairs(lines) do
      out[#out + 1] = line
      if gap and i == #lines - rows + gap then out[#out + 1] = ' ...' end
   end
end

local function add_vector(out, x)
   local list, gap = ends(x:size(1), ROWS)
   add_rows(out, lines_of(pick(x, 1, list, gap)), #list, gap)
end

-- As many columns as a line has room for, with dots in the middle if they are not all.
local function add_matrix(out, x)
   local rows, row_gap = ends(x:size(1), ROWS)
   x = pick(x, 1, rows, row_gap)
   for most = 20, 1, -1 do
      local columns, gap = ends(x:size(2), most)
      local lines = lines_of(pick(x, 2, columns, gap))
      local first = #lines - #rows + 1
      local width = #lines[first]
      if not lines[1]:match('^Columns') and width + (gap and 4 or 0) <= WIDTH then
         if gap then -- cells are of one width, with a space between
            local cell = (width + 1) / #columns
            for i = first, #lines do
               local line, at = lines[i], math.ceil(cell * gap) - 1
               lines[i] = line:sub(1, at) .. ' ...' .. line:sub(at + 1)
            end
         end
         return add_rows(out, lines, #rows, row_gap)
      end
   end
end

-- The first and the last of the matrices of the last two dimensions.
local function add_slices(out, x)
   local lead = x:dim() - 2
   local function add(at)
      local matrix, title = x, {}
      for d = 1, lead do
         title[d] = at == 'first' and 1 or x:size(d)
         matrix = matrix:select(1, title[d])
      end
      out[#out + 1] = '(' .. table.concat(title, ',') .. ',.,.) = '
      add_matrix(out, matrix)
   end
   local count = 1
   for d = 1, lead do count = count * x:size(d) end
   add 'first'
   if count > 2 then out[#out + 1] = '\n...' end
   if count > 1 then
      out[#out + 1] = ''
      add 'last'
   end
end

local function of_tensor(x)
   local out = {}
   if x:dim() == 1 then add_vector(out, x) elseif x:dim() == 2 then add_matrix(out, x) else add_slices(out, x) end
   out[#out + 1] = ('[%s of size %s]'):format(torch.typename(x), table.concat(x:size():totable(), 'x'))
   return table.concat(out, '\n')
end

local function of_storage(s)
   local list, gap = ends(s:size(), ROWS)
   local values, out = torch.DoubleTensor(#list), {}
   for i, k in ipairs(list) do values[i] = s[k] end
   add_rows(out, lines_of(values), #list, gap)
   out[#out + 1] = ('[%s of size %d]'):format(torch.typename(s), s:size())
   return table.concat(out, '\n')
end

--- Text of a tensor or a large storage; nothing for anything else.
function M.text(v)
   if type(v) ~= 'userdata' or not torch then return nil end
   if torch.isTensor(v) then return v:nElement() > LARGE and of_tensor(v) or require('torch.print').tensor(v, true) end
   if torch.isStorage(v) then return v:size() > LARGE and of_storage(v) or nil end
end

return M
