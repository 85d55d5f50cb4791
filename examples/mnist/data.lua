--- MNIST from its IDX files, plain or .gz.
--
--    train, test, note = data.load(folder)     -- {images = n x 1 x 28 x 28 floats in 0..1, labels = 1..10}
--
-- With train-images-idx3-ubyte and t10k-images-idx3-ubyte (and their labels) the usual sets; with
-- only one of the two, every tenth of its images is kept for testing, as the note says.
local ffi = require 'ffi'

local data = {}

ffi.cdef [[
void *gzopen(const char *path, const char *mode);
int gzread(void *file, void *buffer, unsigned length);
int gzclose(void *file);
]]

local function exists(path)
   local file = io.open(path, 'rb')
   if file then file:close() end
   return file ~= nil
end

local function zlib(path)
   for _, name in ipairs{'z', 'libz.so.1', 'zlib1'} do
      local ok, lib = pcall(ffi.load, name)
      if ok then return lib end
   end
   error(('%s: reading .gz files needs zlib (libz), which was not found; unpack it by gunzip'):format(path))
end

-- All bytes of a file, unpacked if its name ends in .gz.
local function read_file(path)
   if not path:find('%.gz$') then
      local file = assert(io.open(path, 'rb'))
      local bytes = file:read('*a')
      file:close()
      return bytes
   end
   local z = zlib(path)
   local file = z.gzopen(path, 'rb')
   if file == nil then error(path .. ': cannot be opened') end
   local parts, buffer = {}, ffi.new('char[?]', 2 ^ 18)
   local n
   repeat
      n = z.gzread(file, buffer, 2 ^ 18)
      if n > 0 then parts[#parts + 1] = ffi.string(buffer, n) end
   until n <= 0
   z.gzclose(file)
   if n < 0 then error(path .. ': damaged .gz file') end
   return table.concat(parts)
end

-- An IDX file of bytes: two zeros, type 8, number of dimensions; each size as 4 bytes, big end first;
-- the values.
local function read_idx(path)
   local bytes = read_file(path)
   local zero1, zero2, type_, ndim = bytes:byte(1, 4)
   if not ndim or zero1 ~= 0 or zero2 ~= 0 or type_ ~= 8 then error(path .. ': not an IDX file of bytes') end
   local sizes, total = torch.LongStorage(ndim), 1
   for d = 1, ndim do
      local a, b, c, e = bytes:byte(4 * d + 1, 4 * d + 4)
      if not e then error(path .. ': header cut short') end
      sizes[d] = ((a * 256 + b) * 256 + c) * 256 + e
      total = total * sizes[d]
   end
   local header = 4 + 4 * ndim
   if #bytes ~= header + total then
      error(('%s: %d bytes expected, found %d'):format(path, header + total, #bytes))
   end
   local values = torch.ByteTensor(sizes)
   ffi.copy(values:data(), ffi.cast('const char *', bytes) + header, total)
   return values
end

-- File `name`, spelled the ways it goes around, or nil.
local function find(folder, name)
   for _, spelling in ipairs{name, (name:gsub('%-idx', '.idx'))} do
      for _, ending in ipairs{'', '.gz'} do
         local path = folder .. '/' .. spelling .. ending
         if exists(path) then return path end
      end
   end
end

local function read_set(folder, prefix)
   local image_path = find(folder, prefix .. '-images-idx3-ubyte')
   local label_path = find(folder, prefix .. '-labels-idx1-ubyte')
   if not image_path or not label_path then return nil end
   local images, labels = read_idx(image_path), read_idx(label_path)
   if images:dim() ~= 3 or labels:dim() ~= 1 or images:size(1) ~= labels:size(1) then
      error(('%s and %s do not belong together'):format(image_path, label_path))
   end
   local n, height, width = images:size(1), images:size(2), images:size(3)
   return {images = images:float():div(255):view(n, 1, height, width), labels = labels:long():add(1)}
end

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
   local train, test = read_set(folder, 'train'), read_set(folder, 't10k')
   if train and test then return train, test end
   if not train and not test then
      error(folder .. ': neither train-images-idx3-ubyte nor t10k-images-idx3-ubyte (or .gz) with labels are there')
   end
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
