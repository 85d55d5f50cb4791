-- NumPy's files: .npy, an array; .npz, a zip of them. torch.formats reads and writes them.
local checks = require 'data.fail'
local formats = require 'torch.formats'
local torch = torch
local M = {}

local function open(what, file)
   checks.check(what, 1, 'file', 'string', file)
   local ok, f = pcall(formats.open, file)
   if not ok then checks.fail(what, '%s', (f:gsub('^.-formats%.open: ', ''))) end
   if f.kind ~= what then checks.fail(what, '%s: not a .%s file, by its first bytes', file, what) end
   return f
end

-- NumPy's booleans are Bytes here, which have arithmetic.
local function tensor(what, f, i)
   local ok, x = pcall(f.tensor, f, i)
   if not ok then checks.fail(what, '%s', (x:gsub('^.-formats%.tensor: ', ''))) end
   return torch.typename(x) == 'torch.BoolTensor' and x:byte() or x
end

--- data.npy(file) -> tensor: the tensor in a .npy file: Byte (also for bool), Char, Short, Int, Long, Half, Float or
-- Double. Arrays without an element are a tensor without dimensions, single numbers a vector of one, arrays in
-- Fortran's order a transposed view. Unsigned types come as the next larger one. The elements are mapped: a large file
-- is read as it is used. Errors tell the byte.
function M.npy(file) return tensor('npy', open('npy', file), 1) end

--- data.npz(file) -> table: a table of the arrays in a .npz file, compressed or not, by name, as data.npy gives them.
-- Members that are no arrays are left out: formats.open(file):metadata().others names them.
function M.npz(file)
   local f, arrays = open('npz', file), {}
   for i, name in ipairs(f:names()) do arrays[name] = tensor('npz', f, i) end
   return arrays
end

local function check_tensor(what, x)
   local kind = torch.isTensor(x) and torch.typename(x):match('^torch%.(%a+)Tensor$')
   if not kind or kind:find('Cuda', 1, true) then checks.wrong(what, 2, 'x', 'tensor of the CPU expected, got %s', require('libtorch').describe(x)) end
end

local C = require 'libformats'

local function save(what, f, ...)
   local ok, why = pcall(f, ...)
   if not ok then checks.fail(what, '%s', (why:gsub('^.-formats%.save: ', ''))) end
end

--- data.saveNpy(file, x): writes a tensor as a .npy file.
function M.saveNpy(file, x)
   checks.check('saveNpy', 1, 'file', 'string', file)
   check_tensor('saveNpy', x)
   save('saveNpy', C.saveNpy, file, x)
end

--- data.saveNpz(file, arrays): writes a table of tensors, by name, as a .npz file, not compressed.
function M.saveNpz(file, arrays)
   checks.check('saveNpz', 1, 'file', 'string', file)
   checks.check('saveNpz', 2, 'arrays', 'table', arrays)
   local names, tensors = {}, {}
   for name in pairs(arrays) do names[#names + 1] = name end
   table.sort(names)
   for i, name in ipairs(names) do
      check_tensor('saveNpz', arrays[name])
      tensors[i] = arrays[name]
   end
   save('saveNpz', C.saveNpz, file, names, tensors)
end

return M
