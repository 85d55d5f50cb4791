--- Mutated files of other programs, opened, listed and read: an answer or an error that says why. It passes when nothing
-- crashes; under the sanitizers, when nothing is reported.
--   th test/fuzz/formats.lua [files=2000, or seconds as 600s] [seed=1] [format: npy, safetensors..., or trace]
require 'torch'
local formats = require 'torch.formats'
local only = arg[3] ~= 'trace' and arg[3] or nil
local F = dofile((arg[0]:match('^(.*)/') or '.') .. '/fuzz.lua')(2000)

local path = os.tmpname()
os.remove(path)
path = path:gsub('^/tmp/', '/dev/shm/')
if not io.open(path, 'w') then path = os.tmpname() end

local function slurp(name)
   local f = assert(io.open(name, 'rb'))
   local text = f:read('*a')
   f:close()
   return text
end
local function spit(name, text)
   local f = assert(io.open(name, 'wb'))
   f:write(text)
   f:close()
end

-- ---- what is mutated: small files that are made here, and those beside this program ----

local originals = {}
local function add(ending, text)
   if not only or only == ending then originals[#originals + 1] = {ending = '.' .. ending, text = text} end
end

local function made(ending, x, ...)
   local name = path .. '.' .. ending
   formats.save(name, x, ...)
   add(ending, slurp(name))
   os.remove(name)
end

local x = torch.range(1, 12):view(3, 4)
local many = {a = x, b = x:float():t(), c = x:long():narrow(2, 2, 2), e = torch.Tensor(), deep = {h = x:half(), t = x:fmod(2):bool()}}
made('npy', x:t())
made('npy', torch.BoolTensor{1, 0, 1})
made('npz', many)
made('safetensors', many, {format = 'pt', author = 'é'})
made('pt', {many, x, step = 3, rate = .5, text = '\255\0', list = {1, true, 'x', formats.none}})

-- Caffe's, by hand: a layer with two blobs, and the same as text
local function field(number, text) return number .. string.char(#text) .. text end
local blob = field('\58', field('\10', '\2\2')) .. field('\42', ('\0\0\128\63'):rep(4))
local old = '\8\1\16\1\24\2\32\2' .. field('\42', ('\0\0\128\63'):rep(4))
add('caffemodel', field('\10', 'net') .. field('\162\6', field('\10', 'c') .. field('\18', 'Convolution') .. field('\26', 'data') .. field('\58', blob) .. field('\58', old)))
add('prototxt', 'name: "a" # b\nlayer { name: "c" bottom: "x" bottom: \'y\' pool { pool: MAX size: 3 scale: -1.5e-3 } }\nlayer < yes: true dim: [1, 2] >\n')

-- GGUF's, by hand: a matrix of blocks of each kind that is multiplied in place
local function little(v, width) return v == 0 and ('\0'):rep(width) or string.char(v % 256) .. ('\0'):rep(width - 1) end
for kind, block in pairs{[2] = 18, [3] = 20, [8] = 34, [12] = 144} do
   local columns = kind == 12 and '\0\1' .. ('\0'):rep(6) or little(64, 8)
   local data = ('\1\40\3'):rep(2 * 2 * block):sub(1, (kind == 12 and 2 or 4) * block)
   local head = 'GGUF' .. little(3, 4) .. little(1, 8) .. little(0, 8) .. little(1, 8) .. 'w' .. little(2, 4) .. columns .. little(2, 8) .. little(kind, 4) .. little(0, 8)
   add('gguf', head .. ('\0'):rep(-#head % 32) .. data)
end

local samples = (arg[0]:match('^(.*)/') or '.') .. '/../../../shared/samples/'
local list = io.popen('ls ' .. samples .. ' 2> /dev/null')
for name in list:lines() do
   local ending = name:match('%.(%w+)$')
   local text = ending ~= 'data' and ending ~= 'onnx' and slurp(samples .. name)
   if text and #text < 40000 then add(ending == 'pth' and 'pt' or ending, text) end
end
list:close()
assert(#originals > 0, 'no such format')

-- ---- use ----

local read = 0
local function use(file)
   formats.show(file)
   for i = 1, file:size() do
      local e = file:entry(i)
      local n = 1
      for _, size in ipairs(e.size) do n = n * size end
      if n < 1e6 then
         local good, t = pcall(file.tensor, file, i)
         if good then
            read = read + 1
            if t:nElement() > 0 then t:clone() end
            local matrix, m = pcall(file.matrix, file, i)
            if matrix and e.size[2] > 0 and e.size[2] < 1e6 then
               pcall(m.product, m, torch.FloatTensor(e.size[2]):fill(1))
               pcall(m.product, m, torch.FloatTensor(2, e.size[2]):fill(1))
               pcall(m.rows, m, torch.LongTensor{1, e.size[1]})
            end
         end
      end
   end
   pcall(file.metadata, file)
end

local total = 0
for k in F.rounds() do
   total = k
   local original = F.pick(originals)
   local name = path .. original.ending
   spit(name, F.mutate(original.text))
   local good, file = pcall(formats.open, name)
   if good then
      use(file)
      file:close()
   end
   os.remove(name)
   if k % 100 == 0 then collectgarbage() end
end
os.remove(path)
print(('%d mutated files of %d, %d tensors could be read, seed %d'):format(total, #originals, read, F.seed))
