--- data: sets of samples, the files that they come from, and batches of them for training. docs/data.md is the guide.
--
--    local data = require 'data'
--    local set = data.folder('photos', {scale = {40, 40}}):map(data.randomCrop(32), data.hflip())
--    local train, test = set:split(0.9)
--    for x, y in train:batches{size = 64, shuffle = true, workers = 2, seed = 1} do ... end
--
-- A sample is an input and a target. A set has size(), get(i) and batch(indices), and is mapped, split and joined by
-- the methods of data.Set. Nothing but this file is loaded before it is used.
require 'torch'
local luaT = require 'luaT'

local data = {}
package.loaded.data = data -- the parts look it up

-- function -> the file that has it
local parts = {
   arrays = 'tensors mapped', folder = 'folder', columns = 'csv', idx = 'idx mnist', cifar = 'cifar', npy = 'npy saveNpy npz saveNpz',
   text = 'text characters bpe loadTokenizer', normalizer = 'normalizer', collate = 'collate',
   transforms = 'compose scale centerCrop randomCrop randomScaleCrop hflip vflip rotate colourJitter noise erase normalize',
}
local file_of = {}
for file, names in pairs(parts) do
   for name in names:gmatch('%S+') do file_of[name] = 'data.' .. file end
end

-- class -> its file
local classes = {Set = 'Set', Mapped = 'Mapped', MappedBatches = 'Mapped', Subset = 'Subset', Concat = 'Concat', Tensors = 'arrays', Folder = 'folder',
   Columns = 'columns', Batches = 'Batches', Transform = 'transforms', Tokenizer = 'Tokenizer', Normalizer = 'normalizer'}
for name, file in pairs(classes) do
   luaT.declare('data.' .. name, data, function() luaT.load('data.' .. file) end)
end

return setmetatable(data, {
   __index = function(_, name)
      local file = file_of[name]
      if not file then return nil end
      for n, f in pairs(require(file)) do rawset(data, n, f) end
      return rawget(data, name)
   end,
   __names = file_of, -- what pairs does not show, for completion and the like
})
