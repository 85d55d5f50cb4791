-- What is plotted: the forms of arguments, and the text that gnuplot reads for them.
local wrong = require('torch.arguments').error

local M = {}

--- s as a string that gnuplot takes as it is: in single quotes nothing is replaced.
function M.quoted(s)
   s = tostring(s):gsub('%z', ''):gsub("'", "''")
   return "'" .. s:gsub('\r?\n', [['."\n".']]) .. "'"
end

local styles = {['-'] = 'lines', ['+'] = 'points', ['.'] = 'dots', ['+-'] = 'linespoints', ['-+'] = 'linespoints',
   ['|'] = 'boxes', v = 'vectors', ['~'] = 'lines'}

-- The style of a format; `with ...` is gnuplot's, but for what would be another command or a call of the shell.
local function style_of(name, at, format)
   if format == nil then return 'points' end
   if styles[format] then return styles[format] end
   local own = format:match('^%s*with%s+(.+)$')
   if own and not own:find('[;`$@()\n\r\\,]') then return own end
   wrong(name, at, 'format', "'-', '+', '.', '+-', '|', '~', 'v' or 'with ...' expected, got '%s'", format)
end

local function tensor_of(name, at, arg, v)
   if not torch.isTensor(v) then wrong(name, at, arg, 'tensor expected, got %s', torch.type(v)) end
   if v:nElement() == 0 then wrong(name, at, arg, 'tensor with elements expected, got an empty one') end
   return v:double()
end

-- {[label], tensors, [format]} apart; `most` tensors at the most.
local function parts(name, at, list, most, letters)
   local i, part = 1, {tensors = {}, at = at}
   if type(list[1]) == 'string' then part.label, i = list[1], 2 end
   while list[i] ~= nil and type(list[i]) ~= 'string' do
      local k = #part.tensors + 1
      if k > most then wrong(name, at and at + i - 1, 'curve', 'at most %d tensors expected', most) end
      part.tensors[k], i = tensor_of(name, at and at + i - 1, letters:sub(k, k), list[i]), i + 1
   end
   if #part.tensors == 0 then wrong(name, at or 1, 'curve', 'no tensor to plot') end
   if type(list[i]) == 'string' then part.format, i = list[i], i + 1 end
   if list[i] ~= nil then wrong(name, at and at + i - 1, 'curve', '[label,] tensors [, format] expected') end
   return part
end

-- The curves of a call: one, {one}, {one}, {another}, or {{one}, {another}}.
local function each(name, most, letters, ...)
   local first = ...
   if type(first) ~= 'table' then return {parts(name, 1, {...}, most, letters)} end
   local list = type(first[1]) == 'table' and first or {...}
   local result = {}
   for i, t in ipairs(list) do
      if type(t) ~= 'table' then wrong(name, i, 'curve', 'table {[label,] tensors [, format]} expected, got %s', torch.type(t)) end
      result[i] = parts(name, nil, t, most, letters)
      result[i].at = list == first and 1 or i
   end
   return result
end

-- ---- lines of numbers ----

local function finite(v) return v - v == 0 end
local function number(v) return finite(v) and ('%.17g'):format(v) or 'NaN' end

local function column(t) return t:dim() == 2 and t:size(2) == 1 and t:select(2, 1) or t end

-- The columns of a curve, vectors of one length.
local function columns(name, part, vectors)
   local x, y = part.tensors[1], part.tensors[2]
   local function shape(t) return t:dim() == 1 and 1 or t:dim() == 2 and t:size(2) end
   x, y = column(x), y and column(y)
   local list
   if vectors then
      if not y and shape(x) == 4 then list = {x:select(2, 1), x:select(2, 2), x:select(2, 3), x:select(2, 4)}
      elseif y and shape(x) == 2 and shape(y) == 2 then list = {x:select(2, 1), y:select(2, 1), x:select(2, 2), y:select(2, 2)}
      else wrong(name, part.at, 'x', "format 'v' needs n x 4 numbers (x, y, dx, dy), or n x 2 for x and for y") end
   elseif not y and shape(x) == 2 then list = {x:select(2, 1), x:select(2, 2)}
   elseif not y and shape(x) == 1 then list = {torch.range(1, x:size(1)):double(), x}
   elseif y and shape(x) == 1 and shape(y) == 1 then list = {x, y}
   else wrong(name, part.at, 'x', 'vectors, or one n x 2 matrix of x and y, expected') end
   if list[1]:size(1) ~= list[2]:size(1) then
      wrong(name, part.at, 'y', 'x has %d elements, y has %d', list[1]:size(1), list[2]:size(1))
   end
   return list
end

-- A line for each point, and how many are finite. A hole interrupts the curve.
local function lines_of(list)
   local lines, points = {}, 0
   for i = 1, list[1]:size(1) do
      local values, whole = {}, true
      for k, c in ipairs(list) do
         values[k], whole = number(c[i]), whole and finite(c[i])
      end
      lines[i], points = table.concat(values, ' '), points + (whole and 1 or 0)
   end
   return lines, points
end

local function title(part) return part.label and 'title ' .. M.quoted(part.label) or 'notitle' end

-- 'plot ...' with the data of its curves behind it. gnuplot refuses a plot whose curves have no finite point: they are left out.
local function command(name, word, curves)
   local heads, data = {}, {}
   for _, c in ipairs(curves) do
      if c.points > 0 then
         heads[#heads + 1] = ("'-' %s %s"):format(c.how, c.title)
         data[#data + 1] = table.concat(c.lines, '\n') .. '\ne\n'
      end
   end
   if #heads == 0 then wrong(name, 1, 'curve', 'there is no finite number to plot') end
   return ('%s %s\n%s'):format(word, table.concat(heads, ', '), table.concat(data))
end

--- The command for the arguments of gnuplot.plot; `format` where a curve names none.
function M.plot(name, format, ...)
   local curves = each(name, 2, 'xy', ...)
   for i, part in ipairs(curves) do
      local wanted = part.format or format
      local style = style_of(name, part.at, wanted)
      local lines, points = lines_of(columns(name, part, wanted == 'v'))
      local smooth = wanted == '~' and points > 2 and 'smooth csplines ' or ''
      curves[i] = {lines = lines, points = points, how = smooth .. 'with ' .. style, title = title(part)}
   end
   return command(name, 'plot', curves)
end

-- ---- surfaces, points in space, images ----

-- Lines "x y z" of a matrix, a blank one behind each row; x and y are matrices of its size, or nil: row and column.
local function grid(z, x, y)
   local lines, points = {}, 0
   for i = 1, z:size(1) do
      for j = 1, z:size(2) do
         local v = z[i][j]
         lines[#lines + 1] = ('%s %s %s'):format(number(x and x[i][j] or i), number(y and y[i][j] or j), number(v))
         points = points + (finite(v) and 1 or 0)
      end
      lines[#lines + 1] = ''
   end
   return lines, points
end

local function surface(name, part)
   local t = part.tensors
   local x, y, z = t[1], t[2], t[3]
   if #t == 1 then x, z = nil, t[1] end
   if #t == 2 then wrong(name, part.at, 'z', 'z, or x, y and z, expected') end
   for _, m in ipairs(t) do
      if m:dim() ~= 2 or not m:isSameSizeAs(z) then wrong(name, part.at, 'z', 'matrices of one size expected') end
   end
   return grid(z, x, y)
end

--- The command for the arguments of gnuplot.splot.
function M.splot(name, ...)
   local curves = each(name, 3, 'xyz', ...)
   for i, part in ipairs(curves) do
      local lines, points = surface(name, part)
      curves[i] = {lines = lines, points = points, how = 'with ' .. style_of(name, part.at, part.format or '-'), title = title(part)}
   end
   return command(name, 'splot', curves)
end

--- The command for the arguments of gnuplot.scatter3.
function M.scatter3(name, ...)
   local curves = each(name, 3, 'xyz', ...)
   for i, part in ipairs(curves) do
      local t = part.tensors
      for k = 1, 3 do
         t[k] = t[k] and column(t[k])
         if not t[k] or t[k]:dim() ~= 1 or t[k]:size(1) ~= t[1]:size(1) then
            wrong(name, part.at, 'z', 'three vectors of one length expected')
         end
      end
      local lines, points = lines_of(t)
      curves[i] = {lines = lines, points = points, how = 'with ' .. style_of(name, part.at, part.format), title = title(part)}
   end
   return command(name, 'splot', curves)
end

--- The command that shows a matrix as an image: the first row on top.
function M.image(name, z)
   z = tensor_of(name, 1, 'z', z)
   if z:dim() ~= 2 then wrong(name, 1, 'z', 'matrix expected, got a tensor of %d dimensions', z:dim()) end
   local lines, points = grid(z)
   return command(name, 'plot', {{lines = lines, points = points, how = 'using 2:1:3 with image', title = 'notitle'}})
end

return M
