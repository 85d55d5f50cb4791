-- Linear algebra by LAPACK. Matrices that come back are column-major. Those of a GPU go by way of the CPU.

op "gesv" {
   doc = "Solves A X = B; also returns the LU factors.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "gesv",
   {out"X", out"LU", tensor"B", tensor"A"}, grad = {B = "solved(G, 'gesv', t(A))", A = "-mm(columns(solved(G, 'gesv', t(A))), t(columns(X)))"},
   example = "torch.gesv(torch.Tensor{{1}, {2}}, torch.Tensor{{2, 0}, {0, 4}})",
}
op "trtrs" {
   doc = "Solves A X = B for a triangular A; also returns a copy of A.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "trtrs",
   {out"X", out"copy", tensor"B", tensor"A", option{"uplo", "UL", default="U"}, option{"trans", "NT", default="N"},
      option{"diag", "NU", default="N"}},
   grad = {B = "trtrs_back(G, A, uplo, trans, diag)", A = "trtrs_back_A(G, A, X, uplo, trans, diag)"},
   example = "torch.trtrs(torch.Tensor{{1}, {2}}, torch.Tensor{{2, 1}, {0, 4}})",
}
op "gels" {
   doc = "Least squares |A X - B|, or the X of least norm; also returns the factors of A.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "gels",
   {out"X", out"factors", tensor"B", tensor"A"}, grad = {B = "gels_back_B(G, A)", A = "gels_back_A(G, A, B)"},
   example = "torch.gels(torch.Tensor{{1}, {2}, {4}}, torch.Tensor{{1, 0}, {1, 1}, {1, 2}})",
}
op "symeig" {
   doc = "Eigenvalues, ascending, of a symmetric matrix; and eigenvectors when asked for with 'V'. All NaN when it has NaN or infinities.",
   types = FLOATS, devices = BOTH, cuda = FLOATS, c = "syev",
   {out"e", out"V", tensor"A", option{"job", "NV", default="N"}, option{"uplo", "UL", default="U"}}, grad = {A = "symeig_back(G, A, e, uplo)"},
   example = "torch.symeig(torch.Tensor{{2, 1}, {1, 2}}, 'V')",
}
op "eig" {
   doc = "Eigenvalues of a square matrix as rows of real and imaginary part; and eigenvectors with 'V'. All NaN when it has NaN or infinities.",
   types = FLOATS, devices = BOTH, cuda = FLOATS, c = "geev",
   {out"e", out"V", tensor"A", option{"job", "NV", default="N"}}, grad = {A = "eig_back(G, A)"},
   example = "torch.eig(torch.Tensor{{0, 1}, {-1, 0}})",
}
op "svd" {
   doc = "Singular value decomposition. All NaN when the matrix has NaN or infinities.", math = "A = U diag(S) V'", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "gesvd",
   {out"U", out"S", out"V", tensor"A", option{"job", "SA", default="S"}}, grad = {A = "svd_back(G, A, U, S, V)"},
   example = "torch.svd(torch.Tensor{{3, 0}, {0, 2}})",
}
op "inverse" {
   doc = "Inverse of a square matrix.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "getri",
   {out"r", tensor"A"}, grad = {A = "-mm(mm(t(r), g), t(r))"},
   example = "torch.inverse(torch.Tensor{{2, 0}, {0, 4}})",
}
op "potrf" {
   doc = "Cholesky factor of a positive definite matrix.", math = "A = U'U = LL'", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "potrf",
   {out"r", tensor"A", option{"uplo", "UL", default="U"}}, grad = {A = "potrf_back(g, r, uplo)"},
   example = "torch.potrf(torch.Tensor{{4, 0}, {0, 9}})",
}
op "potrs" {
   doc = "Solves A X = B, given the Cholesky factor of A.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "potrs",
   {out"X", tensor"B", tensor"chol", option{"uplo", "UL", default="U"}},
   grad = {B = "potrs(columns(g), chol, uplo)", chol = "potrs_back(g, X, chol, uplo)"},
   example = "torch.potrs(torch.Tensor{{4}, {9}}, torch.Tensor{{2, 0}, {0, 3}})",
}
op "potri" {
   doc = "Inverse of A, given its Cholesky factor.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "potri",
   {out"r", tensor"chol", option{"uplo", "UL", default="U"}}, grad = {chol = "potri_back(g, r, chol, uplo)"},
   example = "torch.potri(torch.Tensor{{2, 0}, {0, 3}})",
}
op "pstrf" {
   doc = "Cholesky factor with pivoting; also returns the pivots.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "pstrf",
   {out"r", out{"piv", type="Int"}, tensor"A", option{"uplo", "UL", default="U"}, scalar{"tol", default=-1}},
   grad = {A = "pstrf_back(g, A, piv, uplo)"},
   example = "torch.pstrf(torch.Tensor{{4, 0}, {0, 9}})",
}
op "qr" {
   doc = "QR decomposition, with min(m, n) columns in Q.", math = "A = Q R", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "qr",
   {out"Q", out"R", tensor"A"}, grad = {A = "qr_back(G, A, Q, R)"},
   example = "torch.qr(torch.Tensor{{1, 2}, {3, 4}})",
}
op "geqrf" {
   doc = "QR decomposition as Householder vectors below R, and their factors tau.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "geqrf",
   {out"a", out"tau", tensor"A"}, grad = {A = "geqrf_back(G, A)"},
   example = "torch.geqrf(torch.Tensor{{1, 2}, {3, 4}})",
}
op "orgqr" {
   doc = "Q from the results of geqrf.", types = FLOATS, devices = BOTH, cuda = FLOATS, c = "orgqr",
   {out"Q", tensor"a", tensor"tau"}, grad = {a = "orgqr_back(1, g, a, tau)", tau = "orgqr_back(2, g, a, tau)"},
   example = "torch.orgqr(torch.geqrf(torch.Tensor{{1, 2}, {3, 4}}))",
}
op "ormqr" {
   doc = "Product of Q, from the results of geqrf, and a matrix; Q from the left or right, transposed or not.",
   types = FLOATS, devices = BOTH, cuda = FLOATS, c = "ormqr",
   {out"r", tensor"a", tensor"tau", tensor"C", option{"side", "LR", default="L"}, option{"trans", "NT", default="N"}},
   grad = {a = "ormqr_back(1, g, a, tau, C, side, trans)", tau = "ormqr_back(2, g, a, tau, C, side, trans)", C = "ormqr(a, tau, g, side, opposite(trans))"},
   example = "local a, tau = torch.geqrf(torch.Tensor{{1, 2}, {3, 4}}) return torch.ormqr(a, tau, torch.Tensor{{1, 0}, {0, 1}})",
}
