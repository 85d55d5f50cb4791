#!/usr/bin/env th
--- What kind of file is it? From its bytes alone, by Google's magika: 214 kinds.
--
--    pip download --no-deps magika==1.0.3 && unzip -d magika magika-*.whl
--    th filetype.lua magika/magika/models/standard_v3_3 README.md a.out
require 'torch'
local onnx = require 'onnx'

local cmd = torch.CmdLine()
cmd:text('Tells the kinds of files from their bytes.')
cmd:argument('folder', 'with model.onnx and config.min.json')
cmd:argument('file', 'a file; more may follow')
local opt = cmd:parse{[0] = arg[0], arg[1], arg[2]}

local function read(path)
   local f = assert(io.open(path, 'rb'))
   local bytes = f:read('*a')
   f:close()
   return bytes
end

-- The names of the kinds, in the order of the scores.
local kinds = {}
for name in read(opt.folder .. '/config.min.json'):match('"target_labels_space":%s*%[(.-)%]'):gmatch('"(.-)"') do kinds[#kinds + 1] = name end

local EDGE, NOTHING = 1024, 256 -- bytes of each end, and what stands where a file has fewer

-- The first and the last bytes of what is between blanks, as numbers.
local function ends(bytes)
   local text = bytes:match('^%s*(.-)%s*$')
   local x = torch.IntTensor(1, 2 * EDGE):fill(NOTHING)
   local n = math.min(#text, EDGE)
   for i = 1, n do
      x[1][i] = text:byte(i)
      x[1][2 * EDGE - n + i] = text:byte(#text - n + i)
   end
   return x
end

local model = onnx.load(opt.folder .. '/model.onnx')
for i = 2, #arg do
   local scores = model:forward(ends(read(arg[i])))
   local best, at = scores:max(2)
   print(('%s: %s (%.4f)'):format(arg[i], kinds[at[1][1]], best[1][1]))
end
