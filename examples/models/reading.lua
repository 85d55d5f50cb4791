#!/usr/bin/env th
--- Reads the text in a picture: one model finds the lines, another reads them (PaddlePaddle's, in RapidOCR's package).
--
--    pip download --no-deps rapidocr==3.10.0 && unzip -d rapidocr rapidocr-*.whl
--    th reading.lua rapidocr/rapidocr/models                 a picture drawn here
--    th reading.lua rapidocr/rapidocr/models sign.jpg
require 'torch'
require 'image'
local onnx = require 'onnx'

local cmd = torch.CmdLine()
cmd:text('Prints the lines of text in a picture.')
cmd:argument('folder', 'with the models')
local opt = cmd:parse{[0] = arg[0], arg[1]}

-- TORCH7 in letters of 5 x 7 points, rows of each as bits: a picture to read when none is given.
local LETTERS = {T = {31, 4, 4, 4, 4, 4, 4}, O = {14, 17, 17, 17, 17, 17, 14}, R = {30, 17, 17, 30, 20, 18, 17}, C = {14, 17, 16, 16, 16, 17, 14},
   H = {17, 17, 17, 31, 17, 17, 17}, ['7'] = {31, 1, 2, 4, 8, 8, 8}}
local function drawn(text, scale)
   local picture = torch.FloatTensor(3, 160, 320):fill(1)
   for k = 1, #text do
      for row, bits in ipairs(LETTERS[text:sub(k, k)]) do
         for column = 0, 4 do
            if math.floor(bits / 2 ^ (4 - column)) % 2 == 1 then
               picture:narrow(2, 50 + (row - 1) * scale + 1, scale):narrow(3, 40 + ((k - 1) * 6 + column) * scale + 1, scale):zero()
            end
         end
      end
   end
   return picture
end

local picture = arg[2] and image.load(arg[2], 3, 'float') or drawn('TORCH7', 6)
local finder, reader = onnx.load(opt.folder .. '/PP-OCRv6_det_small.onnx'), onnx.load(opt.folder .. '/PP-OCRv6_rec_small.onnx')

-- From 0..1 to -1..1, as a batch of one.
local function prepared(x) return (x * 2 - 1):view(1, 3, x:size(2), x:size(3)) end

-- Boxes around what the map marks, pieces of it that touch: a list of {top, left, bottom, right}.
local function boxes_of(map, least)
   local h, w = map:size(1), map:size(2)
   local marked, seen, boxes = torch.gt(map, least), torch.ByteTensor(h, w):zero(), {}
   for y = 1, h do
      for x = 1, w do
         if marked[y][x] == 1 and seen[y][x] == 0 then
            local box, waiting = {y, x, y, x}, {{y, x}}
            seen[y][x] = 1
            while #waiting > 0 do
               local py, px = unpack(table.remove(waiting))
               box = {math.min(box[1], py), math.min(box[2], px), math.max(box[3], py), math.max(box[4], px)}
               for _, step in ipairs{{0, 1}, {0, -1}, {1, 0}, {-1, 0}} do
                  local ny, nx = py + step[1], px + step[2]
                  if ny >= 1 and ny <= h and nx >= 1 and nx <= w and marked[ny][nx] == 1 and seen[ny][nx] == 0 then
                     seen[ny][nx] = 1
                     waiting[#waiting + 1] = {ny, nx}
                  end
               end
            end
            boxes[#boxes + 1] = box
         end
      end
   end
   return boxes
end

-- Lines are marked thinner than they are: half their height is added around.
local function cut(box)
   local more = math.ceil((box[3] - box[1] + 1) / 2)
   local top, left = math.max(box[1] - more, 1), math.max(box[2] - more, 1)
   local bottom, right = math.min(box[3] + more, picture:size(2)), math.min(box[4] + more, picture:size(3))
   return picture:narrow(2, top, bottom - top + 1):narrow(3, left, right - left + 1)
end

-- The characters that the reader knows: number 1 is none, the last a blank.
local characters = {''}
for line in (reader:metadata('character') .. '\n'):gmatch('(.-)\n') do characters[#characters + 1] = line end
characters[#characters + 1] = ' '

-- The likeliest character at every place; what comes twice in a row is one.
local function read(line)
   local rows, parts, before = 48, {}, 1
   local x = image.scale(line:contiguous(), math.max(rows, math.floor(line:size(3) * rows / line:size(2))), rows)
   local scores = reader:forward(prepared(x))[1]
   local _, best = scores:max(2)
   for t = 1, best:size(1) do
      local k = best[t][1]
      if k ~= before and k ~= 1 then parts[#parts + 1] = characters[k] or '?' end
      before = k
   end
   return table.concat(parts)
end

-- The finder takes sizes in multiples of 32.
local height, width = math.max(32, math.floor(picture:size(2) / 32) * 32), math.max(32, math.floor(picture:size(3) / 32) * 32)
picture = image.scale(picture, width, height)
for _, box in ipairs(boxes_of(finder:forward(prepared(picture))[1][1], 0.3)) do
   if box[3] - box[1] >= 3 then print(read(cut(box))) end
end
