-- nn.tables: connection tables of nn.SpatialConvolutionMap, rows (from, to).
local tables = {}
nn.tables = tables

--- Every input with every output.
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

--- Input i with output i.
function tables.oneToOne(nfeat)
   local ft = torch.Tensor(nfeat, 2)
   for i = 1, nfeat do ft[i][1], ft[i][2] = i, i end
   return ft
end

--- nto random inputs for every output.
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
