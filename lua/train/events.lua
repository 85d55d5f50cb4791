-- Event files, which TensorBoard shows: records framed by masked CRC32C sums, each an Event of protocol buffers.
local train = require 'train'
local checks = require 'train.fail'
local bit, ffi = require 'bit', require 'ffi'
local torch = torch

-- ---- bytes ----

local crc_table
local function crc32c(text)
   if not crc_table then
      crc_table = ffi.new('uint32_t[256]')
      for n = 0, 255 do
         local c = n
         for _ = 1, 8 do c = bit.bxor(bit.rshift(c, 1), bit.band(c, 1) == 1 and 0x82f63b78 or 0) end
         crc_table[n] = c % 2 ^ 32
      end
   end
   local c, p = -1, ffi.cast('const unsigned char *', text)
   for i = 0, #text - 1 do c = bit.bxor(bit.rshift(c, 8), bit.tobit(crc_table[bit.band(bit.bxor(c, p[i]), 255)])) end
   return bit.bnot(c)
end

local function le(v, width)
   local parts = {}
   for i = 1, width do
      parts[i] = string.char(v % 256)
      v = math.floor(v / 256)
   end
   return table.concat(parts)
end

local function masked(text)
   local c = crc32c(text)
   return le((bit.ror(c, 15) % 2 ^ 32 + 0xa282ead8) % 2 ^ 32, 4)
end

local function record(text)
   local length = le(#text, 8)
   return length .. masked(length) .. text .. masked(text)
end

-- ---- protocol buffers: fields as strings ----

local function varint(v)
   local parts = {}
   while v >= 128 do
      parts[#parts + 1] = string.char(v % 128 + 128)
      v = math.floor(v / 128)
   end
   return table.concat(parts) .. string.char(v)
end
local function whole(field, v) return varint(field * 8) .. varint(v) end
local function bytes(field, text) return varint(field * 8 + 2) .. varint(#text) .. text end
local function double_bytes(v) return ffi.string(ffi.new('double[1]', v), 8) end
local function double(field, v) return varint(field * 8 + 1) .. double_bytes(v) end
local function float(field, v) return varint(field * 8 + 5) .. ffi.string(ffi.new('float[1]', v), 4) end
local function doubles(field, list)
   local parts = {}
   for i, v in ipairs(list) do parts[i] = double_bytes(v) end
   return bytes(field, table.concat(parts))
end

-- ---- the class ----

--- train.EventFile(folder): a new event file in a folder, which is made: what is written to it TensorBoard shows
-- (tensorboard --logdir folder). Steps are whole numbers from 0 on. Fields: path.
local EventFile = torch.class('train.EventFile', train)

local function new_path(folder)
   for k = 0, 9999 do
      local path = ('%s/events.out.tfevents.%010d.th.%d'):format(folder, os.time(), k)
      local f = io.open(path)
      if not f then return path end
      f:close()
   end
end

local function make_folder(folder)
   local paths, at = require 'paths', folder:sub(1, 1) == '/' and '' or '.'
   for part in folder:gmatch('[^/]+') do
      at = at .. '/' .. part
      if not paths.dirp(at) then paths.mkdir(at) end
   end
end

function EventFile:__init(folder)
   checks.check('EventFile', 1, 'folder', 'string', folder)
   make_folder(folder)
   self.path = new_path(folder)
   local f, why = io.open(self.path, 'wb')
   self.file = f or checks.fail('EventFile', '%s', why)
   self:_put(0, bytes(3, 'brain.Event:2'))
end

-- An event with a field of its own.
function EventFile:_put(step, field)
   self.file:write(record(double(1, require('sys').clock()) .. whole(2, step) .. field))
end

local function check(what, tag, step)
   checks.check('EventFile.' .. what, 1, 'tag', 'string', tag)
   if type(step) ~= 'number' or step < 0 or step % 1 ~= 0 then
      checks.wrong('EventFile.' .. what, 3, 'step', 'whole number from 0 on expected, got %s', tostring(step))
   end
end

function EventFile:_summary(tag, step, value) self:_put(step, bytes(5, bytes(1, bytes(1, tag) .. value))) end

--- events:scalar(tag, value, step): writes a number, for the curve of that tag.
function EventFile:scalar(tag, value, step)
   check('scalar', tag, step)
   checks.check('EventFile.scalar', 2, 'value', 'number', value)
   self:_summary(tag, step, float(2, value))
end

--- events:histogram(tag, x, step [, bins=30]): writes how the elements of a tensor are spread.
function EventFile:histogram(tag, x, step, bins)
   check('histogram', tag, step)
   if not torch.isTensor(x) or x:nElement() == 0 then checks.wrong('EventFile.histogram', 2, 'x', 'tensor with elements expected, got %s', torch.type(x)) end
   bins = checks.check('EventFile.histogram', 4, 'bins', 'whole|nil', bins) or 30
   x = x:double():contiguous():view(-1)
   local low, high = x:min(), x:max()
   local limits, counts = {}, {x:nElement()}
   if low == high then
      limits = {low == 0 and 1e-12 or low + math.abs(low) * 1e-12}
   else
      counts = torch.histc(x, bins, low, high):totable()
      for k = 1, bins do limits[k] = low + (high - low) * k / bins end
   end
   self:_summary(tag, step, bytes(5, double(1, low) .. double(2, high) .. double(3, x:nElement()) .. double(4, x:sum()) .. double(5, torch.cmul(x, x):sum())
      .. doubles(6, limits) .. doubles(7, counts)))
end

--- events:image(tag, x, step): writes an image [height x width] or [1, 3 or 4 x height x width], of Bytes, or from 0
-- to 1 (by the package image).
function EventFile:image(tag, x, step)
   check('image', tag, step)
   if not torch.isTensor(x) or x:dim() < 2 or x:dim() > 3 then
      checks.wrong('EventFile.image', 2, 'x', 'image of 2 or 3 dimensions expected, got %s', torch.type(x))
   end
   local png = require('image').compressPNG(x)
   local d = x:dim()
   self:_summary(tag, step, bytes(4, whole(1, x:size(d - 1)) .. whole(2, x:size(d)) .. whole(3, d == 3 and x:size(1) or 1)
      .. bytes(4, png:storage():string())))
end

-- Nodes of a net; returns the names of those that give its output.
local function add_nodes(list, module, name, inputs)
   local parts = module.modules
   if not parts or #parts == 0 then
      local node = bytes(1, name) .. bytes(2, torch.typename(module))
      for _, input in ipairs(inputs) do node = node .. bytes(3, input) end
      list[#list + 1] = bytes(1, node)
      return {name}
   end
   local outputs = {}
   local chain = torch.isTypeOf(module, 'nn.Sequential')
   for k, part in ipairs(parts) do
      local into = chain and k > 1 and outputs or inputs
      local out = add_nodes(list, part, ('%s/%d %s'):format(name, k, torch.typename(part):match('[^.]+$')):gsub(' ', '_'), into)
      if chain then outputs = out else for _, o in ipairs(out) do outputs[#outputs + 1] = o end end
   end
   return outputs
end

--- events:graph(net): writes the modules of a net and what they stand on. Containers other than nn.Sequential show as
-- branches.
function EventFile:graph(net)
   if not torch.isTypeOf(net, 'nn.Module') then checks.wrong('EventFile.graph', 1, 'net', 'nn.Module expected, got %s', torch.type(net)) end
   local list = {bytes(1, bytes(1, 'input') .. bytes(2, 'Placeholder'))}
   add_nodes(list, net, torch.typename(net):match('[^.]+$'), {'input'})
   self:_put(0, bytes(4, table.concat(list) .. bytes(4, whole(1, 22))))
end

--- events:flush(): what was written can be seen from now on.
function EventFile:flush() self.file:flush() end

--- events:close(): nothing more is written.
function EventFile:close() self.file:close() end
