--- optim.ConfusionMatrix(nclasses [, classes]): how often a class was taken for which. nclasses: their number, or a list of
-- their names, which may also be the second argument.
--
--    confusion = optim.ConfusionMatrix(10)              -- or {'cat', 'dog'}, or 2, {'cat', 'dog'}
--    confusion:batchAdd(net:forward(inputs), targets)
--    print(confusion)                                   -- matrix, row accuracies, averages
--    confusion.totalValid                               -- share that was right, in 0..1
--    confusion:zero()
--
-- Fields: mat (LongTensor, rows are targets, columns predictions), and, by updateValids: valids,
-- unionvalids (per class), totalValid, averageValid, averageUnionValid.
local ConfusionMatrix = torch.class('optim.ConfusionMatrix')

function ConfusionMatrix:__init(nclasses, classes)
   if type(nclasses) == 'table' then nclasses, classes = #nclasses, nclasses end
   if type(nclasses) ~= 'number' then
      error('optim.ConfusionMatrix: number or names of the classes expected, got ' .. torch.type(nclasses), 2)
   end
   self.mat = torch.LongTensor(nclasses, nclasses):zero()
   self.valids = torch.FloatTensor(nclasses):zero()
   self.unionvalids = torch.FloatTensor(nclasses):zero()
   self.nclasses = nclasses
   self.totalValid, self.averageValid, self.averageUnionValid = 0, 0, 0
   self.classes = classes or {}
end

-- Adding ------------------------------------------------------------------------------------------

local function argmax(scores)
   local _, index = scores:view(-1):max(1)
   return index[1]
end

local function count(self, prediction, target)
   local n = self.nclasses
   if not (prediction >= 1 and prediction <= n and target <= n) then
      error(('optim.ConfusionMatrix: prediction %s for target %s, but there are %d classes')
         :format(tostring(prediction), tostring(target), n), 3)
   end
   self.mat[{target, prediction}] = self.mat[{target, prediction}] + 1
end

--- confusion:add(prediction, target): counts one sample. Prediction and target are class numbers, or tensors with a
-- score per class, of which the largest counts.
--
-- > c = optim.ConfusionMatrix(2)
-- > c:add(1, 1) c:add(2, 1)
-- > c.mat
--  1  1
--  0  0
-- [torch.LongTensor of size 2x2]
function ConfusionMatrix:add(prediction, target)
   if type(prediction) ~= 'number' then prediction = argmax(prediction:contiguous()) end
   if type(target) ~= 'number' then target = argmax(target:contiguous()) end
   if target >= 1 then count(self, prediction, target) end
end

-- Class numbers of a batch: n of them already, n x 1, or n x classes scores.
local function class_numbers(x, what)
   if x:dim() == 1 then return x end
   if x:dim() ~= 2 then
      error(('optim.ConfusionMatrix: %s of a batch have 1 or 2 dimensions, got %d'):format(what, x:dim()), 3)
   end
   if x:size(2) == 1 then return x:select(2, 1) end
   local _, index = x:max(2)
   return index:select(2, 1)
end

--- confusion:batchAdd(predictions, targets): counts a batch: predictions and targets are vectors of class numbers, n x 1
-- matrices of them, or n x classes scores.
--
-- > c = optim.ConfusionMatrix{'cat', 'dog'}
-- > c:batchAdd(torch.Tensor{{0.9, 0.1}, {0.3, 0.7}}, torch.Tensor{1, 1})
-- > c:updateValids()
-- > c.totalValid
-- 0.5
function ConfusionMatrix:batchAdd(predictions, targets)
   predictions, targets = class_numbers(predictions, 'predictions'), class_numbers(targets, 'targets')
   local n = targets:size(1)
   if predictions:size(1) ~= n then
      error(('optim.ConfusionMatrix: %d predictions for %d targets'):format(predictions:size(1), n), 2)
   end
   for i = 1, n do
      if targets[i] >= 1 then count(self, predictions[i], targets[i]) end
   end
end

--- confusion:zero(): forgets all counts.
function ConfusionMatrix:zero()
   self.mat:zero()
   self.valids:zero()
   self.unionvalids:zero()
   self.totalValid, self.averageValid, self.averageUnionValid = 0, 0, 0
end

-- Measures ------------------------------------------------------------------------------------------

local function is_nan(x) return x ~= x end

--- confusion:updateValids(): computes valids[i] (share of class i that was recognized), unionvalids[i] (intersection
-- over union), and totalValid, averageValid, averageUnionValid, from the counts; nan for classes that never came.
function ConfusionMatrix:updateValids()
   local mat, n = self.mat, self.nclasses
   local rows, columns, right, all = {}, {}, 0, 0
   for i = 1, n do
      rows[i], columns[i] = 0, 0
   end
   for i = 1, n do
      for j = 1, n do
         local c = mat[{i, j}]
         rows[i], columns[j], all = rows[i] + c, columns[j] + c, all + c
      end
      right = right + mat[{i, i}]
   end
   self.averageValid, self.averageUnionValid = 0, 0
   local nvalid, nunion = 0, 0
   for i = 1, n do
      local hits = mat[{i, i}]
      self.valids[i] = hits / rows[i]
      self.unionvalids[i] = hits / (rows[i] + columns[i] - hits)
      if not is_nan(self.valids[i]) then
         self.averageValid, nvalid = self.averageValid + self.valids[i], nvalid + 1
      end
      if not is_nan(self.valids[i]) and not is_nan(self.unionvalids[i]) then
         self.averageUnionValid, nunion = self.averageUnionValid + self.unionvalids[i], nunion + 1
      end
   end
   self.averageValid = self.averageValid / nvalid
   self.averageUnionValid = self.averageUnionValid / nunion
   self.totalValid = right / all
end

--- confusion:farFrr() -> classFrrs, classFars, frrs, fars: rates of false rejection and of false acceptance:
-- classFrrs[i], classFars[i] (-1 for classes that never came), and the same without those classes.
function ConfusionMatrix:farFrr()
   local mat, n = self.mat, self.nclasses
   local total = {}
   for i = 1, n do total[i] = mat[i]:sum() end
   local class_frrs, class_fars = torch.Tensor(n):fill(-1), torch.Tensor(n):fill(-1)
   local frrs, fars = {}, {}
   for i = 1, n do
      if total[i] ~= 0 then
         local accepted, others = 0, 0
         for j = 1, n do
            if j ~= i and total[j] ~= 0 then
               accepted, others = accepted + mat[{j, i}] / total[j], others + 1
            end
         end
         frrs[#frrs + 1] = 1 - mat[{i, i}] / total[i]
         fars[#fars + 1] = accepted / others
         class_frrs[i], class_fars[i] = frrs[#frrs], fars[#fars]
      end
   end
   return class_frrs, class_fars, torch.Tensor(frrs), torch.Tensor(fars)
end

-- Showing ---------------------------------------------------------------------------------------------

--- The matrix, a row per target class with its accuracy, and the averages.
function ConfusionMatrix:__tostring__()
   self:updateValids()
   local n, named = self.nclasses, self.classes and self.classes[1]
   local width = math.max(8, 1 + math.ceil(math.log10(self.mat:max())))
   local cell = '%' .. width .. 'd'
   local text = {'ConfusionMatrix:\n['}
   for i = 1, n do
      text[#text + 1] = i == 1 and '[' or ' ['
      for j = 1, n do text[#text + 1] = cell:format(self.mat[{i, j}]) end
      text[#text + 1] = i == n and ']]  ' or ']   '
      text[#text + 1] = ('%2.3f%% '):format(self.valids[i] * 100)
      text[#text + 1] = named and ('\t[class: %s]\n'):format(self.classes[i] or '') or '\n'
   end
   text[#text + 1] = ' + average row correct: ' .. self.averageValid * 100 .. '% \n'
   text[#text + 1] = ' + average rowUcol correct (VOC measure): ' .. self.averageUnionValid * 100 .. '% \n'
   text[#text + 1] = ' + global correct: ' .. self.totalValid * 100 .. '%'
   return table.concat(text)
end

--- confusion:render() -> figure: shows the matrix as a picture, by the package plot: in a window, a notebook, or the terminal.
--
-- The figure can be saved: confusion:render():save('confusion.png'). Torch7's arguments for windows of qtlua are ignored.
function ConfusionMatrix:render()
   return require('plot').confusion(self):show()
end

return optim.ConfusionMatrix
