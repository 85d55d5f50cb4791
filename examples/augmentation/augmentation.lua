#!/usr/bin/env th
--- Loads pictures by threads that vary them at random, and shows what a net would see. README.md has its options.
require 'image'
local data, plot = require 'data', require 'plot'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path

local cmd = torch.CmdLine()
cmd:text('Loads batches of varied pictures, tells how fast, and shows some.')
cmd:option('--data', '', 'folder with a folder of PNG or JPEG pictures for each class; without it pictures are made')
cmd:option('--size', 64, 'pixels that a net would see, each way')
cmd:option('--batch', 32, 'samples in a batch')
cmd:option('--workers', 2, 'threads that load')
cmd:option('--epochs', 2, 'passes over the pictures')
cmd:option('--erase', 0.25, 'chance that a part of a picture is erased')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--picture', 'augmentation.png', 'where variants of some pictures are shown')
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

local folder = opt.data ~= '' and opt.data or require('scenes')(20)
local set = data.folder(folder)
print(('%d pictures of %d classes: %s'):format(set:size(), #set.classes, table.concat(set.classes, ', ')))

-- Each of these is drawn anew for every picture in every epoch. A function of one's own may stand among them.
local function gray_at_times(x, y, generator)
   if torch.uniform(generator, 0, 1) < 0.1 then x = x:mean(1):expandAs(x):clone() end
   return x, y
end
local varied = set:map(
   data.randomScaleCrop(opt.size, opt.size, 0.5), data.hflip(), data.rotate(10),
   data.colourJitter{brightness = 0.3, contrast = 0.3, saturation = 0.3}, gray_at_times, data.erase(opt.erase, 0.1))

local batches = varied:batches{size = opt.batch, shuffle = true, workers = opt.workers, seed = opt.seed}
for epoch = 1, opt.epochs do
   local timer, n = torch.Timer(), 0
   for x, _ in batches do n = n + x:size(1) end -- a step of training would stand here
   print(('epoch %d: %d pictures, %.0f a second'):format(epoch, n, n / timer:time().real))
end
batches:close()

-- Rows of variants, the picture itself first.
if opt.picture ~= '' then
   local whole, generator, shown = set:map(data.scale(opt.size, opt.size)), torch.Generator(), {}
   for i = 1, math.min(4, set:size()) do
      local at = 1 + math.floor((i - 1) * set:size() / 4)
      shown[#shown + 1] = (whole:get(at))
      for _ = 1, 7 do shown[#shown + 1] = (varied:get(at, generator)) end
   end
   plot.images(shown, {columns = 8}):save(opt.picture)
   print(opt.picture .. ' shows variants')
end
if opt.data == '' then paths.rmall(folder, 'yes') end
