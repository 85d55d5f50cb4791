--- data: files: folders of images, CSV, IDX, CIFAR, .npy and .npz, text and tokenizers, mapped files.
require 'torch'
local data = require 'data'
local image = require 'image'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

local folder = os.tmpname()
os.remove(folder)
os.execute('mkdir ' .. folder)
local function file(name) return folder .. '/' .. name end
local function write(name, text)
   local f = assert(io.open(file(name), 'wb'))
   f:write(text)
   f:close()
   return file(name)
end
local function list(t) return torch.isTensor(t) and (t:dim() == 0 and {} or t:contiguous():view(-1):totable()) or t end
local function same(a, b, what) return eq(list(a), list(b), what) end
local function refused(f, message, what) check.error(f, 'test_data_files.lua:%d+: data%.' .. message, what) end
local function python() -- NumPy's opinion, where it is at hand
   local path = os.getenv('TH_PYTHON') or 'python3'
   return check.succeeds(path .. ' -c "import numpy" > /dev/null 2>&1') and path
end

-- ---- folders ----

do
   for k, class in ipairs{'cats', 'dogs'} do
      os.execute('mkdir -p ' .. file('pets/' .. class))
      for i = 1, 3 do image.savePPM(file(('pets/%s/%d.ppm'):format(class, i)), torch.ByteTensor(3, 4 + i, 5):fill(40 * k + i)) end
   end
   os.execute('mkdir ' .. file('pets/empty'))
   write('pets/dogs/notes.txt', 'no image')
   local set = data.folder(file('pets'), {scale = {6, 4}, type = 'byte'})
   eq({set:size(), set.classes[1], set.classes[2], #set.classes}, {6, 'cats', 'dogs', 2}, 'folder')
   same(set.labels, {1, 1, 1, 2, 2, 2}, 'labels')
   local x, y = set:batch{1, 6}
   same(x:size():totable(), {2, 3, 4, 6}, 'scaled')
   eq({x[1]:max(), x[2]:min(), y[2]}, {41, 83, 2}, 'pixels and targets')
   match(set:name(4), 'dogs/1.ppm$', 'names')
   eq(data.folder(file('pets/cats'), {depth = 1}):size(), 3, 'images without classes')
   eq(select(2, data.folder(file('pets/cats')):get(1)), nil, 'have no target')
   write('pets/dogs/4.png', 'no image at all')
   for _, workers in ipairs{0, 1} do
      check.error(function()
         for _ in data.folder(file('pets'), {scale = 4}):batches{size = 7, workers = workers} do end
      end, 'data.batches: sample 7 %([^)]*dogs/4.png%): .*image.load: .*neither PNG', 'a bad file is named')
   end
   refused(function() data.folder(file('none')) end, 'folder: .*none is not a folder', 'no folder')
   refused(function() data.folder(file('pets/empty')) end, 'folder: .* has no images', 'no images')
end

-- ---- CSV ----

do
   local path = write('a.csv', '\239\187\191id,name,price,"big, quoted",kind\r\n1,"O""Neil, Pat",2.5,1e3,b\r\n\r\n2,"two\nlines",,-7,a\n3,NA,"4",0,b')
   local csv = data.csv(path, {types = {kind = 'class'}})
   eq({csv:size(), #csv.names, csv.names[1], csv.names[4]}, {3, 5, 'id', 'big, quoted'}, 'header')
   eq(csv.types, {'number', 'string', 'number', 'number', 'class'}, 'types')
   same(csv:column('id'), {1, 2, 3}, 'numbers')
   eq(csv:column('name'), {'O"Neil, Pat', 'two\nlines', false}, 'quotes and missing texts')
   local price = csv:column('price')
   ok(price[1] == 2.5 and price[2] ~= price[2] and price[3] == 4, 'a missing number is NaN')
   local kinds, names = csv:column('kind')
   same(kinds, {2, 1, 2}, 'classes')
   eq(names, {'a', 'b'}, 'and their names')
   local set = csv:set{target = 'kind', inputs = {'id', 4}}
   same(set.inputs, {1, 1000, 2, -7, 3, 0}, 'inputs')
   same(set.targets, {2, 1, 2}, 'targets that are classes')
   refused(function() csv:set{target = 'id'} end, "Columns.set: 1 values of column price are missing, the first in row 2; missing = 'drop'",
      'missing values')
   local dropped = csv:set{target = 'id', missing = 'drop'}
   same(dropped.inputs, {2.5, 1000, 0, 1, 4, 0, 0, 1}, 'drop, and classes as inputs')
   same(dropped.targets:size():totable(), {2, 1}, 'targets that are numbers')
   same(csv:set{inputs = {'price'}, missing = 'mean'}.inputs, {2.5, 3.25, 4}, 'mean')
   refused(function() csv:column('prise') end, "Columns.column: no column 'prise'; there are: id, name", 'no such column')
   refused(function() csv:set{inputs = {'name'}} end, "Columns.set: column name has texts; read it as classes", 'texts as inputs')
   eq(data.csv(write('b.tsv', '1\t2\n3\t4\n'), {header = false}):column(2):sum(), 6, 'tabulators, no header')
   eq(data.csv(write('c.csv', 'a;b\n1;"x\n'), {separator = ';', quote = false}):column('b'), {'"x'}, 'another separator, no quotes')
   eq(data.csv(write('d.csv', 'a,b\n1,\n2,\n'), {}):column('b')[2], false, 'empty last fields')
   eq(data.csv(write('d2.csv', 'a,b\n1,'), {}):column('b')[1], false, 'and at the end of the file')
   eq(data.csv(write('e.csv', 'a\n0x10\n'), {}).types, {'string'}, 'hexadecimal numbers are texts')
   os.execute('gzip -k ' .. path)
   eq(data.csv(path .. '.gz'):size(), 3, '.gz')
   refused(function() data.csv(write('f.csv', 'a,b\n1,2\n3\n')) end, 'csv: [^:]*f.csv:3: 1 fields, the first row has 2', 'a short row')
   refused(function() data.csv(write('g.csv', 'a,b\n1,"2\n3,4\n')) end, 'csv: [^:]*g.csv:2: the quote of field 2 is never closed', 'an open quote')
   refused(function() data.csv(write('h.csv', 'a,b\n1,"2"3\n')) end,
      'csv: [^:]*h.csv:2: field 2: separator expected behind the closing quote, got "3"', 'text behind a quote')
   refused(function() data.csv(write('i.csv', 'a\nx\n'), {types = {a = 'number'}}) end, "csv: .*column a, row 1: number expected, got 'x'", 'no number')
   refused(function() data.csv(write('j.csv', '')) end, 'csv: .* is empty', 'an empty file')
   refused(function() data.csv(file('none.csv')) end, 'csv: .*none.csv: No such file', 'no file')
   refused(function() data.csv(folder) end, 'csv: .*', 'a folder')
end

-- ---- IDX, CIFAR, mapped files ----

local function be(n) return string.char(0, 0, math.floor(n / 256), n % 256) end

do
   local bytes = write('x.idx', '\0\0\8\2' .. be(2) .. be(3) .. '\1\2\3\4\5\255')
   same(data.idx(bytes), {1, 2, 3, 4, 5, 255}, 'idx')
   os.execute('gzip -k ' .. bytes)
   same(data.idx(bytes .. '.gz'):size():totable(), {2, 3}, 'idx.gz')
   same(data.idx(write('f.idx', '\0\0\13\1' .. be(2) .. '\63\128\0\0\192\0\0\0')), {1, -2}, 'Floats, big end first')
   same(data.idx(write('s.idx', '\0\0\11\1' .. be(2) .. '\1\2\255\254')), {258, -2}, 'Shorts')
   refused(function() data.idx(write('short.idx', '\0\0\8\1' .. be(4) .. 'abc')) end,
      'idx: .*elements of 4 bytes expected at byte 8, the file ends after 11', 'cut short')
   refused(function() data.idx(write('head.idx', '\0\0\8\3' .. be(4))) end, 'idx: .*size 2 of 4 bytes expected at byte 8', 'a short header')
   refused(function() data.idx(write('long.idx', '\0\0\8\1' .. be(1) .. 'abc')) end, 'idx: .*data behind the last element, at byte 9', 'too long')
   refused(function() data.idx(write('other.idx', 'PNG picture')) end, 'idx: .*not an IDX file', 'another kind')
   refused(function() data.idx(write('huge.idx', '\0\0\8\3' .. ('\127\255\255\255'):rep(3))) end, 'idx: .*elements of %d+ bytes expected at byte 16', 'huge sizes')
   refused(function() data.idx(write('huge2.idx', '\0\0\14\1\127\0\0\0abc')) end, 'idx: .*elements of %d+ bytes expected at byte 8', 'huge sizes')
   os.execute('head -c 30 ' .. bytes .. '.gz > ' .. file('cut.gz'))
   refused(function() data.idx(file('cut.gz')) end, 'idx: ', 'a damaged .gz')
   os.execute('mkdir ' .. file('digits'))
   write('digits/train-images-idx3-ubyte', '\0\0\8\3' .. be(2) .. be(2) .. be(2) .. '\0\255\0\255\51\51\51\51')
   write('digits/train-labels-idx1-ubyte', '\0\0\8\1' .. be(2) .. '\0\9')
   local train, test = data.mnist(file('digits'))
   eq({train:size(), test == nil, (select(2, train:get(2)))}, {2, true, 10}, 'mnist')
   ok(math.abs(train:get(2):mean() - 0.2) < 1e-6, 'its pixels')
   refused(function() data.mnist(folder) end, 'mnist: .*neither train', 'no files')

   local record = '\7' .. ('\1'):rep(1024) .. ('\2'):rep(1024) .. ('\3'):rep(1024)
   local path = write('batch.bin', record .. record:gsub('^.', '\0'))
   local set = data.cifar{path, path}
   local x, y = set:batch{1, 4}
   same(y, {8, 1}, 'cifar')
   eq({x[1][1]:max(), x[2][3]:min(), x:dim(), x:size(4)}, {1, 3, 4, 32}, 'its planes')
   eq(data.cifar(write('c100.bin', '\3\42' .. record:sub(2)), 100).targets[1], 43, 'fine labels of CIFAR-100')
   refused(function() data.cifar(write('cut.bin', record .. 'x')) end,
      'cifar: .*3074 bytes are no whole number of records of 3073 bytes: the file ends within record 2', 'cut short')
   refused(function() data.cifar(write('bad.bin', record:gsub('^.', '\77'))) end, 'cifar: .*label 77 of 10 classes', 'a bad label')

   local values = torch.range(1, 24):float()
   local out = torch.DiskFile(file('v.bin'), 'w'):binary()
   out:writeFloat(values:storage())
   out:close()
   local mapped = data.mapped(file('v.bin'), 'float', {-1, 2, 3})
   eq({mapped:size(1), mapped[{4, 2, 3}]}, {4, 24}, 'mapped')
   eq(data.mapped(file('v.bin'), 'float', {2, 3}, 8)[1][1], 3, 'from an offset')
   mapped[1][1][1] = 77
   eq(data.mapped(file('v.bin'), 'float', {-1})[1], 1, 'what is written stays here')
   data.mapped(file('v.bin'), 'float', {-1}, 0, true)[1] = 5
   eq(data.mapped(file('v.bin'), 'float', {-1})[1], 5, 'or goes to the file')
   local sum = 0
   for a in data.tensors(mapped):batches{size = 2, workers = 1} do sum = sum + a:sum() end
   eq(sum, 300 + 76, 'workers read mapped tensors')
   refused(function() data.mapped(file('v.bin'), 'float', {7, 4}) end, 'mapped: .*holds 6 x 4 elements from byte 0 on, 7 x 4 expected', 'too few')
   refused(function() data.mapped(file('v.bin'), 'float', {-3}) end, 'mapped: argument #3 %(sizes%): size 1: .* got %-3', 'a negative size')
   refused(function() data.mapped(file('v.bin'), 'float', {-1, 0}) end, 'mapped: argument #3 %(sizes%): size 2: whole number from 1 on expected, got 0', 'a size of 0')
   refused(function() data.mapped(file('v.bin'), 'flaot', {7}) end, "mapped: argument #2 %(type%)", 'no such type')
end

-- ---- .npy and .npz ----

do
   for _, kind in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
      local x = torch.range(1, 6):view(2, 3)[kind:lower()](torch.range(1, 6):view(2, 3))
      data.saveNpy(file('x.npy'), x:t())
      local y = data.npy(file('x.npy'))
      eq({torch.typename(y), y:size(1)}, {torch.typename(x), 3}, kind .. ' to .npy')
      same(y, x:t(), kind .. ' and back')
   end
   data.saveNpy(file('e.npy'), torch.Tensor())
   eq(data.npy(file('e.npy')):dim(), 0, 'without elements')
   data.saveNpz(file('x.npz'), {b = torch.ones(2, 2), a = torch.LongTensor{7}, empty = torch.FloatTensor()})
   local all = data.npz(file('x.npz'))
   eq({all.b:sum(), all.a[1], all.empty:dim()}, {4, 7, 0}, '.npz and back')
   local text = data.csv and require('data.bytes').all('npy', file('x.npy'))
   refused(function() data.npy(write('cut.npy', text:sub(1, -3))) end, 'npy: .*elements: 48 bytes expected where there are 46, at byte 128',
      'cut short')
   refused(function() data.npy(write('u8.npy', (text:gsub('<f8', '<U2')))) end, "npy: .*elements of type '<U2'", 'a type that is none')
   refused(function() data.npy(write('huge.npy', (text:gsub('%(3, 2%), %}   ', '(3000,2000),}')))) end, 'npy: .*elements: 48000000 bytes expected where there are 49, at byte 128', 'a huge shape')
   refused(function() data.npy(write('no.npy', 'nothing of the kind')) end, 'npy: .*not a file of a format that is known', 'another kind')
   refused(function() data.npz(file('x.npy')) end, 'npz: .*not a .npz file', 'no zip')
   local zip = require('data.bytes').all('npz', file('x.npz'))
   for at = 1, #zip, 7 do -- whatever is damaged: an answer or an error
      pcall(data.npz, write('bad.npz', zip:sub(1, at - 1) .. string.char((zip:byte(at) + 91) % 256) .. zip:sub(at + 1)))
      local done, why = pcall(data.npz, write('bad.npz', zip:sub(1, at)))
      ok(not done and tostring(why):find('data.npz: ', 1, true) or at == #zip, 'cut at ' .. at)
   end
   refused(function() data.saveNpy(file('x.npy'), 3) end, 'saveNpy: argument #2 %(x%): tensor of the CPU expected, got', 'no tensor')
   local program = python()
   if program then
      write('make.py', [=[
import numpy as n, sys
f = sys.argv[1] + '/'
n.save(f + 'c.npy', n.arange(6, dtype='>i4').reshape(2, 3))
n.save(f + 'fortran.npy', n.asfortranarray(n.arange(24.0).reshape(2, 3, 4)))
n.save(f + 'half.npy', n.array([1.5, -2], dtype='f2'))
n.save(f + 'one.npy', n.float32(7))
n.savez_compressed(f + 'c.npz', a=n.zeros((100, 100)), b=n.arange(3) > 1)
n.savez(f + 'd.npz', a=n.arange(3))
ours = n.load(f + 'x.npz')
assert ours['b'].sum() == 4 and ours['a'][0] == 7 and n.load(f + 'x.npy').tolist() == [[1, 4], [2, 5], [3, 6]]
]=])
      check.ok(check.succeeds(('%s %s %s'):format(program, file('make.py'), folder)), 'NumPy reads ours')
      same(data.npy(file('c.npy')), {0, 1, 2, 3, 4, 5}, 'big end first')
      eq(data.npy(file('fortran.npy'))[{2, 1, 4}], 15, "Fortran's order")
      eq(data.npy(file('half.npy')):float()[2], -2, 'Half')
      same(data.npy(file('one.npy')), {7}, 'a single number')
      local c = data.npz(file('c.npz'))
      eq({c.a:sum(), c.a:size(2), c.b:sum(), data.npz(file('d.npz')).a[3]}, {0, 100, 1, 2}, 'compressed and not')
   else
      print('skipped: files of NumPy: there is no python3 with numpy')
   end
end

-- ---- text ----

do
   local text = 'the cat sat on the mat, the caterpillar sat on the cathedral. 12 123 1234\n\n  then — naïve\255\0'
   local letters = data.characters(text)
   eq(letters:decode(letters:encode(text)), text, 'characters')
   eq(letters:encode('—'):nElement(), 1, 'UTF-8')
   refused(function() letters:encode('the Z') end, "Tokenizer.encode: the text has \"Z\" at byte 5", 'a character that was never seen')
   local pairs_ = data.bpe(text, 300)
   ok(pairs_:size() > 256 and pairs_:size() <= 300, 'bpe learns')
   ok(pairs_:encode('the cat'):nElement() < 5, 'and shortens')
   local every = {}
   for k = 0, 255 do every[k + 1] = string.char(k) end
   every = table.concat(every)
   local drawn = {}
   torch.manualSeed(1)
   for k = 1, 3000 do drawn[k] = string.char(torch.random(0, 255)) end
   for _, s in ipairs{text, '', every, every:reverse(), table.concat(drawn), '   a  b\t \n c   '} do
      eq(pairs_:decode(pairs_:encode(s)), s, 'bytes to the last one')
   end
   for n = 1, 300 do -- little alphabets, in which words and blanks meet in all ways
      local s = {}
      for k = 1, 8 do s[k] = ({' ', '\n', 'a', 't', '1', ',', 'h'})[torch.random(1, 7)] end
      s = table.concat(s)
      if pairs_:decode(pairs_:encode(s)) ~= s then eq(pairs_:decode(pairs_:encode(s)), s, 'drawn text ' .. n) end
   end
   eq(data.bpe('aaaa', 300):size(), 257, 'it ends when no pair comes twice')
   pairs_:save(file('t.t7'))
   local loaded = data.loadTokenizer(file('t.t7'))
   same(loaded:encode(text), pairs_:encode(text), 'saved and loaded')
   torch.save(file('n.t7'), {1})
   refused(function() data.loadTokenizer(file('n.t7')) end, 'loadTokenizer: .*holds no tokenizer', 'another file')
   refused(function() data.loadTokenizer(file('none.t7')) end, 'loadTokenizer: ', 'no file')
   refused(function() pairs_:decode{1, 9999} end, 'Tokenizer.decode: token 2 is 9999', 'no such token')
   refused(function() data.bpe(text, 3) end, 'bpe: argument #2 %(size%)', 'a small size')
   local set = data.text(torch.range(1, 11):long(), 3)
   eq(set:size(), 3, 'text')
   local x, y = set:batch{3, 1}
   same(x, {7, 8, 9, 1, 2, 3}, 'inputs')
   same(y, {8, 9, 10, 2, 3, 4}, 'what comes next')
   eq(data.text(torch.range(1, 11):long(), 3, 1):size(), 8, 'stride')
   refused(function() data.text(torch.LongTensor{1, 2}, 2) end, 'text: argument #2 %(length%)', 'too short a text')
end

os.execute("rm -r '" .. folder .. "'")
check.finish()
