--- MNIST from its IDX files, plain or .gz.
--
--    train, test, note = data.load(folder)     -- {images = n x 1 x 28 x 28 floats in 0..1, labels = 1..10}
--
-- With train-images-idx3-ubyte and t10k-images-idx3-ubyte (and their labels) the usual sets; with
-- only one of the two, every tenth of its images is kept for testing, as the note says.
local mnist = require('data').mnist
local data = {}

local function as_table(set) return set and {images = set.inputs, labels = set.targets} end

-- Every tenth image goes to the second set.
local function split(set)
   local first, second = {}, {}
   for i = 1, set.labels:size(1) do
      local list = i % 10 == 0 and second or first
      list[#list + 1] = i
   end
   local function pick(list)
      local at = torch.LongTensor(list)
      return {images = set.images:index(1, at), labels = set.labels:index(1, at)}
   end
   return pick(first), pick(second)
end

function data.load(folder)
   local train, test = mnist(folder)
   train, test = as_table(train), as_table(test)
   if train and test then return train, test end
   if (train or test).labels:size(1) < 10 then error(folder .. ': too few images to keep some of them for testing') end
   train, test = split(train or test)
   return train, test, ('%s holds one set of images: every tenth (%d of %d) is kept for testing')
      :format(folder, test.labels:size(1), train.labels:size(1) + test.labels:size(1))
end

--- The first n samples of a set; all of them for 0.
function data.first(set, n)
   if n == 0 or n >= set.labels:size(1) then return set end
   return {images = set.images:narrow(1, 1, n), labels = set.labels:narrow(1, 1, n)}
end

return data
