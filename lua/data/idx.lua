-- IDX files, which MNIST comes in: two zeros, the type, the number of dimensions; sizes as 4 bytes, big end first;
-- the elements, likewise.
local bytes = require 'data.bytes'
local checks = require 'data.fail'
local ffi = require 'ffi'
local torch = torch
local M = {}

local types = {[0x08] = 'Byte', [0x09] = 'Char', [0x0b] = 'Short', [0x0c] = 'Int', [0x0d] = 'Float', [0x0e] = 'Double'}

local function header(reader)
   local a, b, kind, ndim = reader:read(4, 'a header'):byte(1, 4)
   if a ~= 0 or b ~= 0 or not types[kind] or ndim == 0 then reader:fail('not an IDX file, by its first four bytes') end
   local sizes = {}
   for d = 1, ndim do
      local s1, s2, s3, s4 = reader:read(4, 'size ' .. d):byte(1, 4)
      sizes[d] = ((s1 * 256 + s2) * 256 + s3) * 256 + s4
   end
   return types[kind], sizes
end

--- data.idx(file) -> tensor: the tensor in an IDX file, plain or .gz: Byte, Char, Short, Int, Float or Double, of the
-- sizes that its header tells. Errors say at which byte a file is damaged or cut short.
function M.idx(file)
   local reader = bytes.open('idx', file)
   local kind, sizes = header(reader)
   local n = 1
   for _, size in ipairs(sizes) do n = n * size end
   local tensor = torch[kind .. 'Tensor']()
   reader:expect(n * tensor:elementSize(), 'elements')
   if n > 0 then tensor:resize(torch.LongStorage(sizes)) end
   reader:fill(tensor, 'elements')
   reader:finish()
   return ffi.abi('le') and bytes.swap(tensor) or tensor
end

local function find(folder, name)
   for _, spelling in ipairs{name, (name:gsub('%-idx', '.idx'))} do
      for _, ending in ipairs{'', '.gz'} do
         local path = folder .. '/' .. spelling .. ending
         local f = io.open(path, 'rb')
         if f then
            f:close()
            return path
         end
      end
   end
end

local function mnist_set(folder, prefix)
   local image_path = find(folder, prefix .. '-images-idx3-ubyte')
   local label_path = find(folder, prefix .. '-labels-idx1-ubyte')
   if not image_path or not label_path then return nil end
   local images, labels = M.idx(image_path), M.idx(label_path)
   if images:dim() ~= 3 or labels:dim() ~= 1 or images:size(1) ~= labels:size(1) then
      checks.fail('mnist', '%s and %s do not belong together', image_path, label_path)
   end
   local n, height, width = images:size(1), images:size(2), images:size(3)
   return require('data').tensors(images:float():div(255):view(n, 1, height, width), labels:long():add(1))
end

--- data.mnist(folder) -> train, test: two sets, for training and testing (nil where its files are not there): images
-- [1 x 28 x 28] of Floats from 0 to 1, targets from 1 to 10. The files are those of MNIST and its likes:
-- train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-..., plain or .gz.
function M.mnist(folder)
   checks.check('mnist', 1, 'folder', 'string', folder)
   local train, test = mnist_set(folder, 'train'), mnist_set(folder, 't10k')
   if not train and not test then
      checks.fail('mnist', '%s: neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte (or .gz) with labels are there', folder)
   end
   return train, test
end

return M
