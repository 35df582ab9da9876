import { ViewLink } from "../../../ui/ViewLink";

/** A link to a column's own lineage. member: of the record received, where only that part of the column is meant. */
export function ColumnLink({ column, member = "" }: { column: string; member?: string }) {
  return (
    <ViewLink to="/pipeline/lineage" filters={member === "" ? { column } : { column, member }}>
      {member === "" ? column : `${column}, member ${member}`}
    </ViewLink>
  );
}
