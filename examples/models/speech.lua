#!/usr/bin/env th
--- Where does somebody speak? Silero's detector on a WAV file of 16,000 samples a second, 16 bits, one channel.
--
--    pip download --no-deps silero-vad==6.2.3 && unzip -d silero silero_vad-*.whl
--    th speech.lua silero/silero_vad/data/silero_vad.onnx talk.wav
require 'torch'
local ffi, onnx = require 'ffi', require 'onnx'

local cmd = torch.CmdLine()
cmd:text('Prints from when to when somebody speaks.')
cmd:argument('model', 'silero_vad.onnx')
cmd:argument('sound', 'a WAV file: 16 kHz, 16 bits, one channel')
cmd:option('--least', 0.5, 'probability of speech from which it counts')
local opt = cmd:parse(arg)

local RATE, WINDOW, BEFORE = 16000, 512, 64 -- each window comes with the samples before it

-- Samples of the part that is called data, from -1 to 1.
local function samples_of(path)
   local f = assert(io.open(path, 'rb'))
   local bytes = f:read('*a')
   f:close()
   if bytes:sub(1, 4) ~= 'RIFF' or bytes:sub(9, 12) ~= 'WAVE' then error(path .. ' is no WAV file', 0) end
   local function number(at, n) return n == 2 and bytes:byte(at) + 256 * bytes:byte(at + 1) or bytes:byte(at) + 256 * bytes:byte(at + 1) + 65536 * bytes:byte(at + 2) end
   local at = 13
   while at + 8 <= #bytes do
      local name, size = bytes:sub(at, at + 3), number(at + 4, 4)
      if name == 'fmt ' and (number(at + 10, 2) ~= 1 or number(at + 12, 3) ~= RATE or number(at + 22, 2) ~= 16) then
         error(path .. ': 16,000 samples a second of 16 bits, one channel, expected; sox IN -r 16000 -b 16 -c 1 OUT makes such a file', 0)
      end
      if name == 'data' then
         local n = math.floor(math.min(size, #bytes - at - 7) / 2)
         local x = torch.ShortTensor(n)
         ffi.copy(x:data(), bytes:sub(at + 8, at + 7 + 2 * n), 2 * n)
         return x:float():div(32768)
      end
      at = at + 8 + size + size % 2
   end
   error(path .. ' has no sound in it', 0)
end

local model = onnx.load(opt.model)
local sound = samples_of(opt.sound)
local state, window = torch.FloatTensor(2, 1, 128):zero(), torch.FloatTensor(1, BEFORE + WINDOW):zero()
local began
for first = 1, sound:size(1) - WINDOW + 1, WINDOW do
   window:narrow(2, 1, BEFORE):copy(window:narrow(2, WINDOW + 1, BEFORE):clone())
   window:narrow(2, BEFORE + 1, WINDOW):copy(sound:narrow(1, first, WINDOW))
   local out = model:forward{input = window, state = state, sr = torch.LongTensor{RATE}}
   state = out.stateN
   local speaks, now = out.output[1][1] >= opt.least, (first - 1) / RATE
   if speaks and not began then began = now end
   if began and not speaks then
      print(('%7.2f to %7.2f s'):format(began, now))
      began = nil
   end
end
if began then print(('%7.2f to %7.2f s'):format(began, sound:size(1) / RATE)) end
