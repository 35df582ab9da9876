import { Route, Routes } from "react-router";

import { TableList } from "./TableList";
import { TablePage } from "./TablePage";

/** The tables of the lake, and each of them from within. */
export function Tables() {
  return (
    <Routes>
      <Route index element={<TableList />} />
      <Route path=":name/:part?" element={<TablePage />} />
    </Routes>
  );
}
