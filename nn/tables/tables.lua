-- nn.tables: connection tables of nn.SpatialConvolutionMap, rows (from, to).
local tables = {}
nn.tables = tables

--- nn.tables.full(nin, nout) -> tensor: the connections of every input with every output, nin nout x 2.
--
-- > nn.tables.full(2, 1)
--  1  1
--  2  1
-- [torch.DoubleTensor of size 2x2]
function tables.full(nin, nout)
   local ft = torch.Tensor(nin * nout, 2)
   local p = 1
   for j = 1, nout do
      for i = 1, nin do
         ft[p][1], ft[p][2] = i, j
         p = p + 1
      end
   end
   return ft
end

--- nn.tables.oneToOne(nfeat) -> tensor: the connections of input i with output i, nfeat x 2.
--
-- > nn.tables.oneToOne(2)
--  1  1
--  2  2
-- [torch.DoubleTensor of size 2x2]
function tables.oneToOne(nfeat)
   local ft = torch.Tensor(nfeat, 2)
   for i = 1, nfeat do ft[i][1], ft[i][2] = i, i end
   return ft
end

--- nn.tables.random(nin, nout, nto) -> tensor: the connections of nto random inputs with every output, nout nto x 2.
--
-- > #nn.tables.random(4, 3, 2)
--  6
--  2
-- [torch.LongStorage of size 2]
function tables.random(nin, nout, nto)
   local ft = torch.Tensor(nout * nto, 2)
   local p = 1
   for j = 1, nout do
      local order = torch.randperm(nin)
      for k = 1, nto do
         ft[p][1], ft[p][2] = order[(k - 1) % nin + 1], j
         p = p + 1
      end
   end
   return ft
end

return tables
