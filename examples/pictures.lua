--- A convolutional net that tells classes of pictures apart: folders of PNG or JPEG files, a folder for each class.
--
--    th examples/pictures.lua photos 20 2          folder, epochs, threads that load
--
-- Ctrl-C saves; the same command goes on. It leaves pictures.t7 (the run), pictures-best.t7 and pictures.png.
require 'nn'
local data, train = require 'data', require 'train'
if not arg[1] then error('usage: th examples/pictures.lua FOLDER [EPOCHS [THREADS]]', 0) end

local folder, epochs, workers = arg[1], tonumber(arg[2] or 20), tonumber(arg[3] or 2)
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(1)

local set = data.folder(folder, {scale = 36})
local learn, test = set:split(0.8)
learn = learn:map(data.randomCrop(32), data.hflip(), data.colourJitter{brightness = 0.2}, data.normalize(0.5, 0.25))
test = test:map(data.centerCrop(32), data.normalize(0.5, 0.25))

local net = nn.Sequential()
for k, planes in ipairs{16, 32, 64} do -- 32 x 32, 16 x 16, 8 x 8 pixels
   net:add(nn.SpatialConvolution(k == 1 and 3 or planes / 2, planes, 3, 3, 1, 1, 1, 1))
   net:add(nn.SpatialBatchNormalization(planes)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
end
net:add(nn.View(64 * 16)):add(nn.Dropout(0.2)):add(nn.Linear(64 * 16, #set.classes)):add(nn.LogSoftMax())
print(nn.summary(net, {16, 3, 32, 32}))

local run = train.fit{
   net = net, criterion = nn.ClassNLLCriterion(), epochs = epochs,
   data = learn:batches{size = 16, shuffle = true, workers = workers, seed = 1}, validation = test:batches{size = 64},
   method = 'sgd', config = {momentum = 0.9, dampening = 0}, schedule = train.oneCycle{rate = 0.05, length = epochs},
   metrics = {train.accuracy(), train.f1()}, checkpoint = 'pictures.t7',
   callbacks = {train.best('pictures-best.t7', 'accuracy'), train.plot('pictures.png', {'loss', 'validLoss', 'accuracy'})},
}
print(('best accuracy %.1f %% of %d classes'):format(100 * run.notes.best, #set.classes))
