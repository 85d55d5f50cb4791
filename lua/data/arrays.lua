-- Sets whose samples are rows of tensors, in memory or mapped from files.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local M = {}

--- data.Tensors(inputs, targets): a set of the rows of tensors; made by data.tensors. Fields: inputs, targets.
local Tensors = torch.class('data.Tensors', 'data.Set', data)

local function rows(name, at, arg, x)
   if not torch.isTensor(x) or x:dim() == 0 then checks.wrong(name, at, arg, 'tensor with samples along its first dimension expected, got %s',
      require('libtorch').describe(x)) end
   return x:size(1)
end

function Tensors:__init(inputs, targets)
   self.n = rows('tensors', 1, 'inputs', inputs)
   if targets ~= nil and rows('tensors', 2, 'targets', targets) ~= self.n then
      checks.wrong('tensors', 2, 'targets', '%d targets for %d inputs', targets:size(1), self.n)
   end
   self.inputs, self.targets = inputs, targets
end

function Tensors:draws() return false end

function Tensors:get(i)
   if type(i) ~= 'number' or not (i >= 1 and i <= self.n) then
      checks.wrong('Set.get', 1, 'i', 'number of a sample from 1 to %d expected, got %s', self.n, tostring(i))
   end
   return self.inputs[i], self.targets and self.targets[i]
end

function Tensors:batch(indices)
   if not torch.isTensor(indices) then indices = torch.LongTensor(indices) end
   return self.inputs:index(1, indices), self.targets and self.targets:index(1, indices)
end

--- data.tensors(inputs [, targets]) -> set: a set of the rows of two tensors: sample i is inputs[i] and targets[i].
-- The tensors are not copied. Fields: inputs, targets.
function M.tensors(inputs, targets) return data.Tensors(inputs, targets) end

--- data.mapped(file, type, sizes [, offset=0 [, writable=false]]) -> tensor: a tensor of that type ('float', 'byte',
-- ...) whose elements are the bytes of a file, in this machine's order, from byte `offset` on. Nothing is read
-- before it is used, so the file may be larger than the memory. sizes: list; the first may be -1, which stands for
-- what the file holds. With writable what is written to the tensor goes to the file. For training:
-- data.tensors(data.mapped('x.bin', 'float', {-1, 3, 32, 32}), targets).
function M.mapped(file, type, sizes, offset, writable)
   checks.check('mapped', 1, 'file', 'string', file)
   checks.check('mapped', 2, 'type', 'string', type)
   checks.check('mapped', 3, 'sizes', 'table', sizes)
   for d, size in ipairs(sizes) do
      if not (tonumber(size) and size % 1 == 0 and (size >= 1 or d == 1 and size == -1)) then
         checks.wrong('mapped', 3, 'sizes', 'size %d: whole number from 1 on%s expected, got %s', d, d == 1 and ', or -1,' or '', tostring(size))
      end
   end
   local name = type:gsub('^%l', string.upper)
   local Storage, Tensor = torch[name .. 'Storage'], torch[name .. 'Tensor']
   if not Storage or not Tensor then
      checks.wrong('mapped', 2, 'type', "'float', 'double', 'byte', 'char', 'short', 'int' or 'long' expected, got '%s'", type)
   end
   local storage = Storage(file, writable or false)
   local first, width = (offset or 0) / Storage():elementSize(), 1
   if first % 1 ~= 0 then
      checks.wrong('mapped', 4, 'offset', 'a multiple of %d, the size of an element, expected, got %s', Storage():elementSize(), offset)
   end
   for d = 2, #sizes do width = width * sizes[d] end
   local there = math.floor((storage:size() - first) / width)
   local n = sizes[1] == -1 and there or sizes[1]
   if n > there then checks.fail('mapped', '%s holds %d x %d elements from byte %d on, %d x %d expected', file, there, width, offset or 0, n, width) end
   return Tensor(storage, first + 1, torch.LongStorage{n, unpack(sizes, 2)})
end

return M
