-- CIFAR's binary files: records of a label (two for CIFAR-100: coarse, fine) and 3 x 32 x 32 bytes.
local checks = require 'data.fail'
local bytes = require 'data.bytes'
local torch = torch
local M = {}

local function records(file, width)
   local reader = bytes.open('cifar', file)
   if reader.gz then reader:fail('unpack it first') end
   local n = reader.size / width
   if n % 1 ~= 0 or n == 0 then
      reader:fail('%d bytes are no whole number of records of %d bytes: the file ends within record %d', reader.size, width, math.floor(n) + 1)
   end
   reader:close()
   return torch.ByteTensor(torch.ByteStorage(file), 1, torch.LongStorage{n, width})
end

local function labels_of(all, classes, file)
   local labels = all:select(2, classes == 100 and 2 or 1):long():add(1)
   local worst = labels:max()
   if worst > classes then checks.fail('cifar', '%s: label %d of %d classes; is it a file of the other kind?', file, worst - 1, classes) end
   return labels
end

--- data.cifar(files [, classes=10]) -> set: a set of the images in one of CIFAR's binary files, or a list of them:
-- inputs are ByteTensors [3 x 32 x 32], targets from 1 to classes (10, or 100, of which the fine labels count). The
-- files are mapped, not read. Pass them through set:map(data.normalize(...)) for Floats.
function M.cifar(files, classes)
   if type(files) == 'string' then files = {files} end
   checks.check('cifar', 1, 'files', 'table', files)
   classes = classes or 10
   if classes ~= 10 and classes ~= 100 then checks.wrong('cifar', 2, 'classes', '10 or 100 expected, got %s', tostring(classes)) end
   local data, sets = require 'data', {}
   local first = classes == 100 and 2 or 1
   for k, file in ipairs(files) do
      local all = records(file, 3072 + first)
      local n = all:size(1)
      local images = all.new(all:storage(), first + 1, torch.LongStorage{n, 3, 32, 32}, torch.LongStorage{3072 + first, 1024, 32, 1})
      sets[k] = data.tensors(images, labels_of(all, classes, file))
   end
   if #sets == 0 then checks.wrong('cifar', 1, 'files', 'names of files expected, got none') end
   return #sets == 1 and sets[1] or data.Concat(unpack(sets))
end

return M
