--- torch.formats: files of other programs, read and written: NumPy's .npy and .npz, safetensors, PyTorch's .pt, and what
-- else docs/files.md lists. torch.load and torch.save use it.
--
--    local formats = require 'torch.formats'
--    local file = formats.open('model.safetensors')   -- looks at the list of tensors only
--    print(file)                                       -- what is inside
--    local w = file:tensor('layer.0.weight')
local C, where = require('libformats'), require('libtorch').where
local describe = require('libtorch').describe
local refuse = require('torch.arguments').error
local torch = torch
local M = {}

--- formats.none: what a list of such a file has where Python has None.
M.none = C.none

local function fail(name, why) error(where() .. name .. ': ' .. tostring(why), 0) end

local function check_path(name, path)
   if type(path) ~= 'string' then refuse(name, 1, 'path', 'file name expected, got %s', describe(path)) end
   return path
end

-- ---- reading ----

local File = {}
File.__index = File

--- formats.open(path [, options]) -> file: a file of another program, whose tensors can be listed and had one by one.
-- options: bfloat16 = true reads elements that .npy calls V2, raw bytes, as that. Errors tell the place in the file.
function M.open(path, options)
   check_path('formats.open', path)
   require 'torch.checks'('formats').options('open', 2, {bfloat16 = 'boolean', referenced = 'boolean', unsafe = 'boolean'}, options) -- and torch.load's
   local handle, why = C.open(path, options and options.bfloat16 and 1 or 0)
   if not handle then fail('formats.open', why) end
   return setmetatable({handle = handle, path = path, kind = C.kind(handle)}, File)
end

--- formats.guess(path) -> string: the format of a file by its first bytes and its name: 'npy', 'safetensors'...; nil
-- for none of these.
function M.guess(path)
   local f, why = io.open(check_path('formats.guess', path), 'rb')
   if not f then fail('formats.guess', why) end
   local bytes = f:read(64)
   f:close()
   return C.guess(path, bytes or '')
end

--- file:size() -> number: how many tensors it has.
function File:size() return C.count(self.handle) end

--- file:entry(i or name) -> table: a tensor of the file: name, type (as the file has it), element (of the tensor that it
-- becomes), size (a list), bytes and offset (in the file), mapped (whether the tensor shows the file's own bytes), note
-- (what else is to be known), refused (why it is listed only). nil where there is none.
function File:entry(i)
   local at = type(i) == 'string' and C.find(self.handle, i) or i
   return type(at) == 'number' and C.entry(self.handle, at) or nil
end

--- file:names() -> list of the names of its tensors, in the order of the file.
function File:names()
   local list = {}
   for i = 1, self:size() do list[i] = C.entry(self.handle, i).name end
   return list
end

--- file:tensor(i or name) -> tensor. Its elements are the file's own, mapped, where TH has the like; changes stay in
-- memory.
function File:tensor(i)
   local at = type(i) == 'string' and C.find(self.handle, i) or i
   if type(at) ~= 'number' then fail('formats.tensor', ('%s has no tensor %s'):format(self.path, tostring(i))) end
   local x, why = C.tensor(self.handle, at)
   return x or fail('formats.tensor', why)
end

local Matrix = {}
Matrix.__index = Matrix

--- file:matrix(i or name) -> matrix: rows of floats, or quantised ones, used where they lie in the file and never made
-- floats as a whole: a language model of GGUF takes the memory of its file. matrix:size() -> rows, columns.
function File:matrix(i)
   local e = self:entry(i)
   if not e then fail('formats.matrix', ('%s has no tensor %s'):format(self.path, tostring(i))) end
   if #e.size ~= 2 then fail('formats.matrix', ('%s has %d dimensions, a matrix has 2'):format(e.name, #e.size)) end
   local at = type(i) == 'string' and C.find(self.handle, i) or i
   return setmetatable({handle = self.handle, at = at, rows_ = e.size[1], columns = e.size[2]}, Matrix)
end

function Matrix:size() return self.rows_, self.columns end

--- matrix:product(x [, r]) -> r: the product of every row with x, a vector of floats, or with each row of x: x W'.
function Matrix:product(x, r)
   local result, why = C.product(self.handle, self.at, x, r)
   return result or fail('formats.product', why)
end

--- matrix:rows(index [, r]) -> r: the rows whose numbers, from 1, are in index, a LongTensor, as floats.
function Matrix:rows(index, r)
   local result, why = C.rows(self.handle, self.at, index - 1, r)
   return result or fail('formats.rows', why)
end

--- file:tensors() -> table of all its tensors by name.
function File:tensors()
   local all = {}
   for i = 1, self:size() do all[C.entry(self.handle, i).name] = self:tensor(i) end
   return all
end

--- file:metadata() -> what else the file holds: PyTorch's object as a table, a table of descriptions elsewhere.
function File:metadata()
   local v, why = C.value(self.handle)
   if v == nil and why then fail('formats.metadata', self.path .. ': ' .. why) end
   return v
end

--- file:close(): for files on drives that are to be removed; the collector closes them otherwise. Tensors stay.
function File:close() C.close(self.handle) end

local function bytes_text(n)
   if n < 1000 then return ('%d B'):format(n) end
   for _, unit in ipairs{'kB', 'MB', 'GB', 'TB'} do
      n = n / 1000
      if n < 1000 then return ('%.1f %s'):format(n, unit) end
   end
   return ('%.0f TB'):format(n)
end

local function printable(text) return (text:gsub('[%c]', '?')) end

local function row_of(e)
   local size = #e.size == 0 and '1 number' or table.concat(e.size, ' x ')
   local becomes = e.refused and 'not read: ' .. e.refused or e.element .. (e.mapped and ', mapped' or '') .. (e.note and ' (' .. e.note .. ')' or '')
   return {printable(e.name), printable(e.type), size, bytes_text(e.bytes), printable(becomes)}
end

local function aligned(rows)
   local widths, lines = {}, {}
   for _, row in ipairs(rows) do
      for k, cell in ipairs(row) do widths[k] = math.max(widths[k] or 0, #cell) end
   end
   for _, row in ipairs(rows) do
      local cells = {}
      for k, cell in ipairs(row) do
         local pad = (' '):rep(math.min(widths[k], 60) - #cell)
         cells[k] = k == #row and cell or k == 4 and pad .. cell or cell .. pad
      end
      lines[#lines + 1] = table.concat(cells, '  ')
   end
   return lines
end

--- formats.show(path or file) -> string: a table of what is inside: every tensor with its type, sizes, bytes, and what it
-- becomes; then the descriptions. `th --show FILE` prints it.
function M.show(file)
   if type(file) ~= 'table' then file = M.open(file) end
   local rows, total = {{'name', 'type', 'size', 'bytes', 'tensor'}}, 0
   for i = 1, file:size() do
      local e = file:entry(i)
      rows[#rows + 1] = row_of(e)
      total = total + e.bytes
   end
   local lines = {('%s: %s, %d tensor%s, %s'):format(file.path, file.kind, file:size(), file:size() == 1 and '' or 's', bytes_text(total)), ''}
   if file:size() > 0 then
      for _, line in ipairs(aligned(rows)) do lines[#lines + 1] = line end
   end
   local described = C.describe(file.handle, 200)
   if #described > 0 then lines[#lines + 1] = '' end
   for _, pair in ipairs(described) do lines[#lines + 1] = ('%s: %s'):format(pair[1]:match('^"(.*)"$') or pair[1], pair[2]) end
   return table.concat(lines, '\n')
end
File.__tostring = M.show

-- A file's one array, its object, or all its tensors.
local function content(file)
   if file.kind == 'npy' then return file:tensor(1) end
   if file.kind == 'pytorch' or file.kind == 'caffe' and file:size() == 0 then return file:metadata() end
   return file:tensors()
end

--- formats.load(path [, options]) -> tensor or table: all that is in a file: the array of a .npy, PyTorch's object, what a
-- .prototxt says, the tensors by name elsewhere.
function M.load(path, options)
   local file = M.open(path, options)
   local x = content(file)
   file:close()
   return x
end

-- ---- writing ----

local function is_list(t)
   local n = 0
   for _ in pairs(t) do n = n + 1 end
   return n > 0 and n == #t
end

local function by_kind_and_value(a, b)
   if type(a) ~= type(b) then return type(a) < type(b) end
   if type(a) == 'boolean' then return not a and b end
   return a < b
end

local function sorted_keys(t)
   local keys = {}
   for k in pairs(t) do keys[#keys + 1] = k end
   table.sort(keys, by_kind_and_value)
   return keys
end

local plain_types = {number = true, string = true, boolean = true}

-- Whether x is a tensor of the CPU, a plain value, or a table of such: what PyTorch's files can hold.
local function is_plain(x, depth)
   if plain_types[type(x)] or x == M.none then return true end
   if torch.isTensor(x) then return not torch.typename(x):find('Cuda', 1, true) end
   if type(x) ~= 'table' or torch.typename(x) or getmetatable(x) or depth > 140 then return false end
   for k, v in pairs(x) do
      if not plain_types[type(k)] or not is_plain(v, depth + 1) then return false end
   end
   return true
end

--- formats.isPlain(x) -> boolean: whether x is a tensor, a number, a text, a boolean, or a table of those: PyTorch's
-- files hold nothing else.
function M.isPlain(x) return is_plain(x, 0) end

-- Tables as the C half takes them: lists, and {keys =, values =} in a fixed order.
local function prepared(x)
   if type(x) ~= 'table' then return x end
   local values = {}
   if is_list(x) then
      for i, v in ipairs(x) do values[i] = prepared(v) end
      return values
   end
   local keys = sorted_keys(x)
   for i, k in ipairs(keys) do values[i] = prepared(x[k]) end
   return {keys = keys, values = values}
end

-- Names and tensors of nested tables: 'layer.0.weight', where between is '.'. `around`: the tables that x is in, and names there are.
local function flatten(name, x, between, prefix, names, tensors, around)
   around[x] = true
   for _, k in ipairs(sorted_keys(x)) do
      local v, key = x[k], prefix .. tostring(k)
      if torch.isTensor(v) then
         if key:find('%z') then fail(name, ('%q: a name with a byte 0'):format(key)) end
         if around[key] then fail(name, 'two tensors have the name ' .. key) end
         names[#names + 1], tensors[#tensors + 1], around[key] = key, v, true
      elseif type(v) == 'table' and around[v] then
         fail(name, key .. ' is a table that it is itself within')
      elseif type(v) == 'table' and not torch.typename(v) and #prefix < 4000 then
         flatten(name, v, between, key .. between, names, tensors, around)
      else
         fail(name, ('%s is no tensor but %s; this format holds nothing else'):format(key, describe(v)))
      end
   end
   around[x] = nil
   return names, tensors
end

local function named(name, x, between)
   if torch.isTensor(x) then return {'tensor'}, {x} end
   if type(x) ~= 'table' or torch.typename(x) then fail(name, 'a table of tensors by name expected, got ' .. describe(x)) end
   return flatten(name, x, between or '.', '', {}, {}, {})
end

local savers = {
   npy = function(path, x)
      if not torch.isTensor(x) then fail('formats.save', 'a .npy file holds one tensor, got ' .. describe(x)) end
      C.saveNpy(path, x)
   end,
   npz = function(path, x) C.saveNpz(path, named('formats.save', x)) end,
   safetensors = function(path, x, metadata)
      local names, tensors = named('formats.save', x)
      for _, key in ipairs(names) do
         if key == '__metadata__' then fail('formats.save', "'__metadata__' is no name of a tensor in this format: texts beside the tensors have it") end
      end
      C.saveSafetensors(path, names, tensors, metadata and prepared(metadata))
   end,
   hdf5 = function(path, x) C.saveHdf5(path, named('formats.save', x, '/')) end,
   pytorch = function(path, x)
      if not M.isPlain(x) then fail('formats.save', "PyTorch's files hold tensors, plain values and tables of them, got " .. describe(x)) end
      C.savePyTorch(path, prepared(x))
   end,
}
local endings = {npy = 'npy', npz = 'npz', safetensors = 'safetensors', h5 = 'hdf5', hdf5 = 'hdf5', pt = 'pytorch', pth = 'pytorch'}

--- formats.ending(path) -> string: the format in which a file of that name is written; nil for none of these.
function M.ending(path) return endings[(path:match('%.(%w+)$') or ''):lower()] end

--- formats.save(path, x [, metadata]): writes what the ending says: .npy, a tensor; .npz and .safetensors, a table of
-- tensors by name (tables within it give names such as 'layer.0.weight'); .h5 and .hdf5, the same in groups, 'layer/0/weight'; .pt and
-- .pth, PyTorch's file of tensors, plain values and tables of them. metadata, a table of strings, goes into safetensors.
function M.save(path, x, metadata)
   local kind = M.ending(check_path('formats.save', path))
   if not kind then refuse('formats.save', 1, 'path', 'an ending such as .npy, .npz, .safetensors, .h5 or .pt expected, got %s', path) end
   savers[kind](path, x, metadata)
end

return M
